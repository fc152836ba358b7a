// SPDX-License-Identifier: BSD-2-Clause
/*
 * Builds the tree from libyaml's events. What is refused here is refused for every input of every
 * tool; what the tree means is for others to know.
 */
#include "config/yaml.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/log.h"

#define STR_TAG "tag:yaml.org,2002:str"
#define MAP_TAG "tag:yaml.org,2002:map"
#define SEQ_TAG "tag:yaml.org,2002:seq"

/* A collection that is still open, with the key that waits for its value. */
struct frame {
	struct yaml_node *node; /* owned by the tree */
	struct yaml_node *key; /* owned here */
};

struct limits {
	size_t bytes, nodes;
};

static const struct limits usual = { YAML_MAX_BYTES, YAML_MAX_NODES };
static const struct limits large = { YAML_LARGE_BYTES, YAML_LARGE_NODES };

struct builder {
	struct yaml_file *file;
	struct diag_list *diags;
	yaml_parser_t parser;
	struct frame frames[YAML_MAX_DEPTH];
	size_t depth, nodes, max_nodes;
};

static void node_free(struct yaml_node *node)
{
	if (!node)
		return;
	for (size_t i = 0; i < node->count; i++) {
		if (node->keys)
			node_free(node->keys[i]);
		node_free(node->items[i]);
	}
	free(node->keys);
	free(node->items);
	free(node->text);
	free(node);
}

DEFINE_CLEANUP(node, struct yaml_node *, node_free)

/* Room for one more in an array that doubles at every power of two. */
static int array_grow(struct yaml_node ***array, size_t count)
{
	struct yaml_node **grown;

	if (count & (count - 1))
		return 0;
	grown = reallocarray(*array, count ? count * 2 : 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	*array = grown;
	return 0;
}

static struct pos mark_pos(const struct yaml_file *file, yaml_mark_t mark)
{
	return (struct pos){ .file = file->name, .line = mark.line + 1, .col = mark.column + 1 };
}

static void error_at(struct builder *b, yaml_mark_t mark, const char *text)
{
	diag_add(b->diags, DIAG_ERROR, mark_pos(b->file, mark), b->file->text, "%s", text);
}

static int out_of_memory(struct builder *b)
{
	diag_add(b->diags, DIAG_ERROR, (struct pos){ .file = b->file->name }, NULL,
		 "out of memory");
	return -ENOMEM;
}

/* Hands node to the open collection, as a key where one is due, or to the file as a document. */
static int attach(struct builder *b, struct yaml_node *node)
{
	_cleanup_(node) struct yaml_node *owned = node;
	struct frame *top = b->depth ? &b->frames[b->depth - 1] : NULL;
	struct yaml_node *parent = top ? top->node : NULL;

	if (!parent) {
		if (array_grow(&b->file->documents, b->file->count))
			return out_of_memory(b);
		b->file->documents[b->file->count++] = TAKE_PTR(owned);
		return 0;
	}
	if (parent->kind == YAML_MAPPING && !top->key) {
		top->key = TAKE_PTR(owned);
		return 0;
	}
	if (array_grow(&parent->items, parent->count) ||
	    (top->key && array_grow(&parent->keys, parent->count)))
		return out_of_memory(b);
	if (top->key)
		parent->keys[parent->count] = TAKE_PTR(top->key);
	parent->items[parent->count++] = TAKE_PTR(owned);
	return 0;
}

static int new_node(struct builder *b, const yaml_event_t *event, enum yaml_kind kind,
		    struct yaml_node **out)
{
	struct yaml_node *node;

	if (b->nodes == b->max_nodes) {
		error_at(b, event->start_mark, "too many values");
		return -EINVAL;
	}
	node = calloc(1, sizeof(*node));
	if (!node)
		return out_of_memory(b);
	b->nodes++;
	*node = (struct yaml_node){
		.kind = kind,
		.line = event->start_mark.line + 1,
		.col = event->start_mark.column + 1,
	};
	*out = node;
	return 0;
}

/* An anchor, or a tag that would change what the value is. Reported; reading goes on without it. */
static void refuse_properties(struct builder *b, const yaml_event_t *event,
			      const yaml_char_t *anchor, const yaml_char_t *tag,
			      const char *plain_tag)
{
	if (anchor)
		error_at(b, event->start_mark,
			 "anchors are not supported; write the value out where it is used");
	if (tag && strcmp((const char *)tag, "!") && strcmp((const char *)tag, plain_tag))
		error_at(b, event->start_mark,
			 "YAML tags are not supported; write the plain value");
}

static bool is_merge_key(const struct builder *b, const struct yaml_node *node)
{
	const struct frame *top = b->depth ? &b->frames[b->depth - 1] : NULL;

	return top && top->node->kind == YAML_MAPPING && !top->key && !node->quoted &&
	       !strcmp(node->text, "<<");
}

static int add_scalar(struct builder *b, const yaml_event_t *event)
{
	const char *text = (const char *)event->data.scalar.value;
	_cleanup_(node) struct yaml_node *node = NULL;
	int err;

	refuse_properties(b, event, event->data.scalar.anchor, event->data.scalar.tag, STR_TAG);
	if (strlen(text) != event->data.scalar.length)
		error_at(b, event->start_mark, "a value must not contain a NUL character");
	err = new_node(b, event, YAML_SCALAR, &node);
	if (err)
		return err;
	node->quoted =
		event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE || event->data.scalar.tag;
	node->text = strdup(text);
	if (!node->text)
		return out_of_memory(b);
	if (!b->depth && yaml_is_null(node))
		return 0;
	if (is_merge_key(b, node))
		error_at(b, event->start_mark, "merge keys are not supported; write the keys out");
	return attach(b, TAKE_PTR(node));
}

/* The alias becomes a null, so that what follows is still read as it is meant. */
static int add_alias(struct builder *b, const yaml_event_t *event)
{
	_cleanup_(node) struct yaml_node *node = NULL;
	int err;

	error_at(b, event->start_mark, "aliases are not supported; write the value out");
	err = new_node(b, event, YAML_SCALAR, &node);
	if (err)
		return err;
	node->text = strdup("");
	if (!node->text)
		return out_of_memory(b);
	return attach(b, TAKE_PTR(node));
}

static int open_collection(struct builder *b, const yaml_event_t *event, enum yaml_kind kind)
{
	bool mapping = kind == YAML_MAPPING;
	const struct frame *top = b->depth ? &b->frames[b->depth - 1] : NULL;
	struct yaml_node *node;
	int err;

	if (top && top->node->kind == YAML_MAPPING && !top->key) {
		error_at(b, event->start_mark, "a key must be a plain word, not a list or mapping");
		return -EINVAL;
	}
	if (b->depth == YAML_MAX_DEPTH) {
		error_at(b, event->start_mark, "nested too deeply");
		return -EINVAL;
	}
	refuse_properties(b, event,
			  mapping ? event->data.mapping_start.anchor
				  : event->data.sequence_start.anchor,
			  mapping ? event->data.mapping_start.tag : event->data.sequence_start.tag,
			  mapping ? MAP_TAG : SEQ_TAG);
	err = new_node(b, event, kind, &node);
	if (!err)
		err = attach(b, node);
	if (!err)
		b->frames[b->depth++] = (struct frame){ .node = node };
	return err;
}

/* A key with its place, so that sorting by text keeps the order of the input among equals. */
struct ranked {
	const struct yaml_node *key;
	const struct yaml_node *first; /* the key's first occurrence */
	size_t rank;
};

static int by_text(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;
	int order = strcmp(x->key->text, y->key->text);

	return order ? order : (x->rank > y->rank) - (x->rank < y->rank);
}

static int by_rank(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	return (x->rank > y->rank) - (x->rank < y->rank);
}

/* Sorted, not compared pairwise: a hostile mapping has a hundred thousand keys. */
static int refuse_duplicates(struct builder *b, const struct yaml_node *mapping)
{
	_cleanup_free_ struct ranked *keys = calloc(mapping->count + 1, sizeof(*keys));

	if (!keys)
		return out_of_memory(b);
	for (size_t i = 0; i < mapping->count; i++)
		keys[i] = (struct ranked){ .key = mapping->keys[i], .rank = i };
	qsort(keys, mapping->count, sizeof(*keys), by_text);
	for (size_t i = 1; i < mapping->count; i++) {
		if (!strcmp(keys[i].key->text, keys[i - 1].key->text))
			keys[i].first = keys[i - 1].first ? keys[i - 1].first : keys[i - 1].key;
	}
	qsort(keys, mapping->count, sizeof(*keys), by_rank);
	for (size_t i = 0; i < mapping->count; i++) {
		if (keys[i].first)
			yaml_error(b->file, keys[i].key, b->diags,
				   "%.64s is given twice, first in line %zu", keys[i].key->text,
				   keys[i].first->line);
	}
	return 0;
}

static int close_collection(struct builder *b)
{
	const struct yaml_node *node = b->frames[--b->depth].node;

	return node->kind == YAML_MAPPING ? refuse_duplicates(b, node) : 0;
}

static int add_event(struct builder *b, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return add_scalar(b, event);
	case YAML_ALIAS_EVENT:
		return add_alias(b, event);
	case YAML_MAPPING_START_EVENT:
		return open_collection(b, event, YAML_MAPPING);
	case YAML_SEQUENCE_START_EVENT:
		return open_collection(b, event, YAML_SEQUENCE);
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
		return close_collection(b);
	default:
		return 0;
	}
}

/* A reader error has a byte offset only, the others have a mark. */
static struct pos problem_pos(const struct builder *b)
{
	struct pos pos = { .file = b->file->name, .line = 1, .col = 1 };

	if (b->parser.error != YAML_READER_ERROR)
		return mark_pos(b->file, b->parser.problem_mark);
	for (size_t i = 0; i < b->parser.problem_offset; i++) {
		pos.col++;
		if (b->file->text[i] != '\n')
			continue;
		pos.line++;
		pos.col = 1;
	}
	return pos;
}

/* The first byte of a character, counted as libyaml counts: in characters. */
static char char_at(const char *text, size_t index)
{
	for (; *text; text++) {
		if ((*text & 0xc0) != 0x80 && !index--)
			break;
	}
	return *text;
}

static int syntax_error(struct builder *b)
{
	const yaml_parser_t *parser = &b->parser;

	if (parser->error == YAML_MEMORY_ERROR)
		return out_of_memory(b);
	if (parser->error == YAML_SCANNER_ERROR &&
	    char_at(b->file->text, parser->problem_mark.index) == '\t')
		diag_add(b->diags, DIAG_ERROR, problem_pos(b), b->file->text,
			 "not valid YAML: a tab cannot indent; use blanks");
	else if (parser->context)
		diag_add(b->diags, DIAG_ERROR, problem_pos(b), b->file->text,
			 "not valid YAML: %s, %s that begins in line %zu", parser->problem,
			 parser->context, parser->context_mark.line + 1);
	else
		diag_add(b->diags, DIAG_ERROR, problem_pos(b), b->file->text, "not valid YAML: %s",
			 parser->problem ? parser->problem : "unreadable text");
	return -EINVAL;
}

static int build(struct builder *b)
{
	bool done = false;
	int err = 0;

	while (!err && !done) {
		yaml_event_t event;

		if (!yaml_parser_parse(&b->parser, &event))
			return syntax_error(b);
		err = add_event(b, &event);
		done = event.type == YAML_STREAM_END_EVENT;
		yaml_event_delete(&event);
	}
	return err;
}

/* PowerShell's `>` writes UTF-16; positions and messages count UTF-8. */
static bool is_utf16(const char *text, size_t len)
{
	return len >= 2 && (!memcmp(text, "\xff\xfe", 2) || !memcmp(text, "\xfe\xff", 2));
}

static int build_documents(struct yaml_file *file, size_t len, const struct limits *limits,
			   struct diag_list *diags)
{
	struct builder b = { .file = file, .diags = diags, .max_nodes = limits->nodes };
	int err;

	if (!yaml_parser_initialize(&b.parser))
		return out_of_memory(&b);
	yaml_parser_set_encoding(&b.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&b.parser, (const unsigned char *)file->text, len);
	err = build(&b);
	yaml_parser_delete(&b.parser);
	for (size_t i = 0; i < b.depth; i++)
		node_free(b.frames[i].key);
	return err;
}

/* libyaml counts it as a column, and then only the first line is indented. */
static void drop_byte_order_mark(char *text, size_t *len)
{
	static const char mark[] = "\xef\xbb\xbf";
	const size_t size = sizeof(mark) - 1;

	if (*len < size || memcmp(text, mark, size))
		return;
	*len -= size;
	memmove(text, text + size, *len + 1);
}

static void too_large(const struct yaml_file *file, const struct limits *limits,
		      struct diag_list *diags)
{
	diag_add(diags, DIAG_ERROR, (struct pos){ .file = file->name }, NULL, "larger than %zu MiB",
		 limits->bytes >> 20);
}

/* Parses file->text, of which len bytes count. */
static int parse_text(struct yaml_file *file, size_t len, const struct limits *limits,
		      struct diag_list *diags)
{
	size_t errors = diags->errors;
	int err;

	if (len > limits->bytes) {
		too_large(file, limits, diags);
		return -EINVAL;
	}
	if (is_utf16(file->text, len)) {
		diag_add(diags, DIAG_ERROR, (struct pos){ .file = file->name }, NULL,
			 "is UTF-16 text; save it as UTF-8");
		return -EINVAL;
	}
	drop_byte_order_mark(file->text, &len);
	err = build_documents(file, len, limits, diags);
	if (!err && diags->errors > errors)
		err = -EINVAL;
	return err;
}

static int parse_within(const struct limits *limits, const char *name, const char *text, size_t len,
			struct yaml_file *out, struct diag_list *diags)
{
	*out = (struct yaml_file){ .name = strdup(name), .text = malloc(len + 1) };
	if (!out->name || !out->text) {
		diag_add(diags, DIAG_ERROR, (struct pos){ 0 }, NULL, "out of memory");
		return -ENOMEM;
	}
	memcpy(out->text, text, len);
	out->text[len] = '\0';
	return parse_text(out, len, limits, diags);
}

static int read_within(const struct limits *limits, const char *path, struct yaml_file *out,
		       struct diag_list *diags)
{
	size_t len;
	int err;

	*out = (struct yaml_file){ .name = strdup(strcmp(path, "-") ? path : "<stdin>") };
	err = out->name ? file_read(path, limits->bytes, &out->text, &len) : -ENOMEM;
	if (!err)
		return parse_text(out, len, limits, diags);
	if (err == -EFBIG)
		too_large(out, limits, diags);
	else
		diag_add(diags, DIAG_ERROR, (struct pos){ .file = out->name }, NULL, "%s",
			 err == -EINVAL ? "neither a regular file nor a pipe" : errno_text(err));
	return err;
}

int yaml_parse(const char *name, const char *text, size_t len, struct yaml_file *out,
	       struct diag_list *diags)
{
	return parse_within(&usual, name, text, len, out, diags);
}

int yaml_parse_large(const char *name, const char *text, size_t len, struct yaml_file *out,
		     struct diag_list *diags)
{
	return parse_within(&large, name, text, len, out, diags);
}

int yaml_read(const char *path, struct yaml_file *out, struct diag_list *diags)
{
	return read_within(&usual, path, out, diags);
}

int yaml_read_large(const char *path, struct yaml_file *out, struct diag_list *diags)
{
	return read_within(&large, path, out, diags);
}

void yaml_fini(struct yaml_file *file)
{
	for (size_t i = 0; i < file->count; i++)
		node_free(file->documents[i]);
	free(file->documents);
	free(file->text);
	free(file->name);
	*file = (struct yaml_file){ 0 };
}
