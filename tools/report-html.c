/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "report.h"

#include <stdarg.h>
#include <string.h>

#include "lib/utf8.h"

/* report: the page's markup. It needs nothing from elsewhere, neither script nor font. */

static const char style[] =
	":root{color-scheme:light dark;--fg:#1b1b1f;--bg:#fff;--line:#d0d0d7;--head:#f3f3f6;--good:#1a7f37;"
	"--bad:#b3261e;--dim:#6a6a73}\n"
	"@media(prefers-color-scheme:dark){:root{--fg:#e3e3e8;--bg:#16161a;--line:#3a3a42;--head:#222228;"
	"--good:#57c278;--bad:#ff8a80;--dim:#9a9aa5}}\n"
	"body{font:15px/1.5 system-ui,sans-serif;color:var(--fg);background:var(--bg);margin:2em auto;"
	"max-width:80em;padding:0 1em}\n"
	"h1{font-size:1.5em}h2{font-size:1.2em;border-bottom:1px solid var(--line)}\n"
	"nav a{margin-right:1em;color:inherit}\n"
	".wide{overflow-x:auto}\n"
	"table{border-collapse:collapse;font:13px/1.4 ui-monospace,monospace}\n"
	"td,th{border:1px solid var(--line);padding:.15em .5em;text-align:left;vertical-align:top}\n"
	"th{background:var(--head);position:sticky;top:0}\n"
	".PASS{color:var(--good)}.FAIL,.differs{color:var(--bad)}.SKIP,.dim{color:var(--dim)}\n"
	"details{margin:.4em 0}summary{cursor:pointer}\n";

/* A character that is markup; NULL: it is none. */
static const char *
entity(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

void
html_text(struct rkr_buf *html, const char *text, size_t len)
{
	for (size_t i = 0; i < len;) {
		size_t n = rkr_utf8_length(text + i, len - i);
		bool blank = text[i] == '\t' || text[i] == '\n';
		const char *instead = n == 1 ? entity(text[i]) : n || blank ? NULL : "\xef\xbf\xbd";

		n = n ? n : 1;
		rkr_buf_put(html, instead ? instead : text + i, instead ? strlen(instead) : n);
		i += n;
	}
}

void
html_string(struct rkr_buf *html, const char *text)
{
	if (text)
		html_text(html, text, strlen(text));
}

void
html_begin(struct rkr_buf *html, const char *title)
{
	rkr_buf_printf(html, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
			     "<meta name=\"viewport\" content=\"width=device-width\">\n"
			     "<meta http-equiv=\"Content-Security-Policy\""
			     " content=\"default-src 'none'; style-src 'unsafe-inline'\">\n<title>");
	html_string(html, title);
	rkr_buf_printf(html, "</title>\n<style>\n%s</style>\n</head>\n<body>\n<h1>", style);
	html_string(html, title);
	rkr_buf_printf(html, "</h1>\n");
}

void
html_end(struct rkr_buf *html)
{
	rkr_buf_printf(html, "<p class=\"dim\">%s</p>\n</body>\n</html>\n", PACKAGE_STRING);
}

void
html_section(struct rkr_buf *html, const char *id, const char *heading)
{
	rkr_buf_printf(html, "<section id=\"%s\">\n<h2>", id);
	html_string(html, heading);
	rkr_buf_printf(html, "</h2>\n");
}

void
html_section_end(struct rkr_buf *html)
{
	rkr_buf_printf(html, "</section>\n");
}

void
html_table(struct rkr_buf *html, const char *const *columns)
{
	rkr_buf_printf(html, "<div class=\"wide\"><table>\n<tr>");
	for (; *columns; columns++) {
		rkr_buf_printf(html, "<th>");
		html_string(html, *columns);
		rkr_buf_printf(html, "</th>");
	}
	rkr_buf_printf(html, "</tr>\n");
}

void
html_table_end(struct rkr_buf *html)
{
	rkr_buf_printf(html, "</table></div>\n");
}

void
html_row(struct rkr_buf *html, const char *cls)
{
	if (cls)
		rkr_buf_printf(html, "<tr class=\"%s\">", cls);
	else
		rkr_buf_printf(html, "<tr>");
}

void
html_cell(struct rkr_buf *html, const char *text)
{
	rkr_buf_printf(html, "<td>");
	html_string(html, text);
	rkr_buf_printf(html, "</td>");
}

void
html_cell_printf(struct rkr_buf *html, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	html_cell(html, text);
}

void
html_row_end(struct rkr_buf *html)
{
	rkr_buf_printf(html, "</tr>\n");
}
