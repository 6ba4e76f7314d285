// SPDX-License-Identifier: GPL-2.0
/*
 * ovltun options dictionary: what has a name. And what JSON says of an option
 * that has one.
 */
#include "dict.h"
#include "ovltun.h"
#include "print.h"

static void print_field_json(const struct dict_field *field,
			     const struct option *option)
{
	char text[DICT_FIELD_TEXT];

	if (field->kind == DICT_UINT || field->kind == DICT_PORT)
		print_lluint(PRINT_JSON, field->name, NULL,
			     dict_field_uint(field, option));
	else
		print_string(PRINT_JSON, field->name, NULL,
			     dict_format_field(field, option, text));
}

void dict_print_json(const struct dict *dict, const struct option *option)
{
	const struct dict_option *known = dict_find(dict, option->class,
						    option->type);
	const struct dict_layout *layout;
	size_t i;

	if (!known || !is_json_context())
		return;
	print_string(PRINT_JSON, "name", NULL, known->name);
	layout = option->source ? NULL : dict_layout(known, option->len);
	if (!layout || !layout->n)
		return;
	open_json_object("fields");
	for (i = 0; i < layout->n; i++)
		print_field_json(&layout->field[i], option);
	close_json_object();
}

/* "ingress:uint", with -details "ingress:uint@1+15" */
static void print_field(const struct dict_field *field, bool first)
{
	open_json_object(NULL);
	print_string(PRINT_FP, NULL, "%s", first ? "" : ",");
	print_string(PRINT_ANY, "name", "%s:", field->name);
	print_string(PRINT_ANY, "kind", "%s", dict_kinds[field->kind]);
	print_uint(PRINT_JSON, "offset", NULL, field->offset);
	if (!field->width)
		print_string(PRINT_JSON, "width", NULL, "rest");
	else
		print_uint(PRINT_JSON, "width", NULL, field->width);
	if (opts.details) {
		print_uint(PRINT_FP, NULL, "@%u", field->offset);
		if (field->width)
			print_uint(PRINT_FP, NULL, "+%u", field->width);
	}
	close_json_object();
}

static void print_layout(const struct dict_layout *layout, bool first)
{
	size_t i;

	open_json_object(NULL);
	print_string(PRINT_FP, NULL, "%s", first ? "" : "or ");
	print_uint(PRINT_JSON, "min", NULL, layout->min);
	print_uint(PRINT_JSON, "max", NULL, layout->max);
	print_uint(PRINT_FP, NULL, "len %u", layout->min);
	if (layout->max != layout->min)
		print_uint(PRINT_FP, NULL, "-%u", layout->max);
	print_string(PRINT_FP, NULL, "%s", " ");
	open_json_array(PRINT_JSON, "fields");
	for (i = 0; i < layout->n; i++)
		print_field(&layout->field[i], !i);
	close_json_array(PRINT_JSON, NULL);
	print_string(PRINT_FP, NULL, "%s", layout->n ? " " : "");
	close_json_object();
}

static void print_known(const struct dict_option *known)
{
	size_t i;

	open_json_object(NULL);
	print_string(PRINT_ANY, "name", "%s ", known->name);
	print_uint(PRINT_ANY, "class", "0x%04x:", known->class);
	print_uint(PRINT_ANY, "type", "0x%02x ", known->type);
	open_json_array(PRINT_JSON, "layouts");
	for (i = 0; i < known->n; i++)
		print_layout(&known->layout[i], !i);
	close_json_array(PRINT_JSON, NULL);
	if (opts.details && known->text)
		print_string(PRINT_FP, NULL, "\n    %s", known->text);
	if (opts.details)
		print_string(PRINT_FP, NULL, "\n    file %s ", known->file);
	if (known->text)
		print_string(PRINT_JSON, "description", NULL, known->text);
	print_string(PRINT_JSON, "file", NULL, known->file);
	print_string(PRINT_FP, NULL, "%s", "\n");
	close_json_object();
}

void dict_print(const struct dict *dict)
{
	size_t i;

	open_json_array(PRINT_JSON, NULL);
	for (i = 0; i < dict->n; i++)
		print_known(&dict->option[i]);
	close_json_array(PRINT_JSON, NULL);
}
