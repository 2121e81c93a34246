#include "include/CLineEditor.h"
#include <histedit.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct line_editor {
    EditLine *edit;
    History *history;
    const char *prompt;
    int cancelled;
    void *context;
    line_completer completer;
};

static line_editor *editor_of(EditLine *edit) {
    line_editor *editor = NULL;
    el_get(edit, EL_CLIENTDATA, &editor);
    return editor;
}

static char *prompt(EditLine *edit) { return (char *)editor_of(edit)->prompt; }

// Ctrl-C and Ctrl-Z arrive as keys, since the terminal makes no signals of them while a line is edited.
static unsigned char cancel(EditLine *edit, int key) {
    (void)key;
    editor_of(edit)->cancelled = 1;
    const LineInfo *line = el_line(edit);
    el_cursor(edit, (int)(line->lastchar - line->cursor));
    el_insertstr(edit, "^C");
    // The return key ends the line with the cursor below it, however many rows it has.
    el_push(edit, "\n");
    return CC_REFRESH;
}

static unsigned char suspend(EditLine *edit, int key) {
    (void)edit;
    (void)key;
    // libedit's handler gives the terminal back first, and takes it again when the process goes on.
    kill(0, SIGTSTP);
    return CC_REFRESH;
}

static unsigned char complete(EditLine *edit, int key) {
    (void)key;
    line_editor *editor = editor_of(edit);
    const LineInfo *line = el_line(edit);
    char *before = strndup(line->buffer, (size_t)(line->cursor - line->buffer));
    if (!before) return CC_ERROR;
    line_completion found = editor->completer(editor->context, before, line_editor_columns(80));
    free(before);
    unsigned char result = CC_ERROR;
    if (found.insertion && *found.insertion && el_insertstr(edit, found.insertion) == 0) result = CC_REFRESH;
    if (found.listing && *found.listing) {
        fputs("\r\n", stdout);
        fputs(found.listing, stdout);
        fputs("\r\n", stdout);
        fflush(stdout);
        result = CC_REDISPLAY;
    }
    free(found.insertion);
    free(found.listing);
    return result;
}

int line_editor_columns(int fallback) {
    struct winsize size;
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : fallback;
}

line_editor *line_editor_open(const char *program, void *context, line_completer completer) {
    setlocale(LC_CTYPE, "");
    if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0) setlocale(LC_CTYPE, "C.UTF-8");
    line_editor *editor = calloc(1, sizeof *editor);
    if (!editor) return NULL;
    editor->context = context;
    editor->completer = completer;
    editor->prompt = "";
    editor->edit = el_init(program, stdin, stdout, stderr);
    editor->history = history_init();
    if (!editor->edit || !editor->history) {
        line_editor_close(editor);
        return NULL;
    }
    HistEvent event;
    history(editor->history, &event, H_SETSIZE, 2000);
    history(editor->history, &event, H_SETUNIQUE, 1);
    el_set(editor->edit, EL_CLIENTDATA, editor);
    el_set(editor->edit, EL_PROMPT, prompt);
    el_set(editor->edit, EL_EDITOR, "emacs");
    el_set(editor->edit, EL_SIGNAL, 1);
    el_set(editor->edit, EL_HIST, history, editor->history);
    el_set(editor->edit, EL_ADDFN, "sentx-cancel", "Drop the line", cancel);
    el_set(editor->edit, EL_ADDFN, "sentx-suspend", "Stop the process", suspend);
    el_set(editor->edit, EL_ADDFN, "sentx-complete", "Complete the name", complete);
    el_set(editor->edit, EL_BIND, "^I", "sentx-complete", NULL);
    el_set(editor->edit, EL_BIND, "^R", "em-inc-search-prev", NULL);
    el_source(editor->edit, NULL);
    el_set(editor->edit, EL_BIND, "^C", "sentx-cancel", NULL);
    el_set(editor->edit, EL_BIND, "^Z", "sentx-suspend", NULL);
    el_set(editor->edit, EL_SETTY, "-d", "-isig", NULL);
    return editor;
}

void line_editor_close(line_editor *editor) {
    if (!editor) return;
    if (editor->edit) el_end(editor->edit);
    if (editor->history) history_end(editor->history);
    free(editor);
}

line_outcome line_editor_read(line_editor *editor, const char *text, char **line) {
    *line = NULL;
    editor->prompt = text;
    editor->cancelled = 0;
    el_resize(editor->edit);
    // libedit would do this only after showing the prompt; a key that came in between would be the terminal's, not ours.
    el_set(editor->edit, EL_PREP_TERM, 1);
    int count = 0;
    const char *read = el_gets(editor->edit, &count);
    if (editor->cancelled) return LINE_CANCELLED;
    if (!read || count <= 0) return LINE_END;
    size_t length = strcspn(read, "\r\n");
    *line = strndup(read, length);
    return *line ? LINE_READ : LINE_END;
}

void line_editor_remember(line_editor *editor, const char *line) {
    HistEvent event;
    history(editor->history, &event, H_ENTER, line);
}
