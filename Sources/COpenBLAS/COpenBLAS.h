#pragma once
#include <cblas.h>
#include <stddef.h>

// LAPACK is part of OpenBLAS, but Debian's headers of it declare only the BLAS. Fortran passes the lengths of texts last.

/// Eigenvalues (ascending) and, for jobz "V", eigenvectors of a symmetric matrix by divide and conquer.
void dsyevd_(const char *jobz, const char *uplo, const blasint *n, double *a, const blasint *lda, double *w, double *work,
             const blasint *lwork, blasint *iwork, const blasint *liwork, blasint *info, size_t jobz_length, size_t uplo_length);
