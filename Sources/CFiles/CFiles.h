#pragma once

/* Declared by <stdio.h> only for GNU sources, which Swift's Glibc module is not; the C library has it since 2.28. */
int renameat2(int old_folder, const char *old_path, int new_folder, const char *new_path, unsigned int flags);
