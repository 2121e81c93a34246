// Line editing on a terminal. libedit's own functions take variable arguments, which Swift cannot pass.
#pragma once
#include <stddef.h>

typedef struct line_editor line_editor;

// What the tab key does: text to put in at the cursor, and text to show below the line. Each may be NULL; both are freed
// by free().
typedef struct { char *insertion; char *listing; } line_completion;
typedef line_completion (*line_completer)(void *context, const char *beforeCursor, int columns);

typedef enum { LINE_READ, LINE_CANCELLED, LINE_END } line_outcome;

// Takes over standard input and output. NULL if the terminal cannot be used. The locale for characters is set here.
line_editor *line_editor_open(const char *program, void *context, line_completer completer);
void line_editor_close(line_editor *editor);
// Reads a line, without its newline, into memory that free() takes back. Ctrl-C gives LINE_CANCELLED, Ctrl-D on an empty
// line LINE_END; then *line is NULL.
line_outcome line_editor_read(line_editor *editor, const char *prompt, char **line);
// Makes a line the newest that the arrow keys recall.
void line_editor_remember(line_editor *editor, const char *line);
// The width of the terminal on standard output, or `fallback`.
int line_editor_columns(int fallback);
