// SPDX-License-Identifier: GPL-2.0
/*
 * The dictionary as a post-dissector of Wireshark and tshark, for the Lua of any
 * of their versions (5.1 to 5.4). Their own dissector finds where the options
 * are; nothing else of it is used, its fields for single options have changed
 * from version to version.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dict.h"

static const char head[] =
	"-- Geneve options by their names, for Wireshark and tshark:\n"
	"--   ovltun options dissector > ovl.lua\n"
	"--   tshark -X lua_script:ovl.lua -V -Y ovl -r FILE\n"
	"-- or put it into the folder of personal Lua plugins. Fields are ovl.NAME and\n"
	"-- ovl.NAME.FIELD. Made from the dictionary of ovltun(8).\n"
	"\n"
	"local ovl = Proto(\"ovl\", \"Geneve options by name\")\n"
	"local fields, made, options = {}, {}, {}\n"
	"\n"
	"local function field(make, name, ...)\n"
	"\tif not made[name] then\n"
	"\t\tmade[name] = make(name, ...)\n"
	"\t\tfields[#fields + 1] = made[name]\n"
	"\tend\n"
	"\treturn made[name]\n"
	"end\n"
	"\n"
	"-- By class * 256 + type. A layout has bytes from min to max; fields have the\n"
	"-- bit where they begin, and how many (0: bytes up to the end).\n";

static const char tail[] =
	"\n"
	"ovl.fields = fields\n"
	"local areas = Field.new(\"geneve.options\")\n"
	"\n"
	"local function show_field(item, field, data)\n"
	"\tlocal first = math.floor(field.at / 8)\n"
	"\tlocal width = field.width\n"
	"\tif width == 0 then\n"
	"\t\twidth = 8 * data:len() - field.at\n"
	"\tend\n"
	"\tif width == 0 then\n"
	"\t\treturn\n"
	"\tend\n"
	"\tlocal last = math.floor((field.at + width - 1) / 8)\n"
	"\tlocal range = data:range(first, last - first + 1)\n"
	"\tif field.bits then\n"
	"\t\titem:add(field.f, range, range:bitfield(field.at - 8 * first, width))\n"
	"\telse\n"
	"\t\titem:add(field.f, range)\n"
	"\tend\n"
	"end\n"
	"\n"
	"local function show(tree, option, range, size)\n"
	"\tif size == 0 then\n"
	"\t\ttree:add(option.f, range):set_text(option.name)\n"
	"\t\treturn\n"
	"\tend\n"
	"\tlocal data = range:range(4, size)\n"
	"\tlocal item = tree:add(option.f, data)\n"
	"\tfor _, layout in ipairs(option.layouts) do\n"
	"\t\tif layout.min <= size and size <= layout.max then\n"
	"\t\t\tfor _, field in ipairs(layout.fields) do\n"
	"\t\t\t\tshow_field(item, field, data)\n"
	"\t\t\tend\n"
	"\t\t\treturn\n"
	"\t\tend\n"
	"\tend\n"
	"\titem:append_text(\" (not one of its lengths)\")\n"
	"end\n"
	"\n"
	"local function walk(tree, area)\n"
	"\tlocal at, len, sub = 0, area:len(), nil\n"
	"\twhile at + 4 <= len do\n"
	"\t\tlocal size = 4 * (area:range(at + 3, 1):uint() % 32)\n"
	"\t\tif at + 4 + size > len then\n"
	"\t\t\treturn\n"
	"\t\tend\n"
	"\t\tlocal option = options[area:range(at, 3):uint()]\n"
	"\t\tif option then\n"
	"\t\t\tsub = sub or tree:add(ovl, area)\n"
	"\t\t\tshow(sub, option, area:range(at, 4 + size), size)\n"
	"\t\tend\n"
	"\t\tat = at + 4 + size\n"
	"\tend\n"
	"end\n"
	"\n"
	"function ovl.dissector(_, _, tree)\n"
	"\tfor _, area in ipairs({ areas() }) do\n"
	"\t\tif area.range then\n"
	"\t\t\twalk(tree, area.range)\n"
	"\t\tend\n"
	"\tend\n"
	"end\n"
	"\n"
	"register_postdissector(ovl)\n";

/* How a field is taken out of the packet, and which type it has there */
static bool has_bits(const struct dict_field *field)
{
	return field->kind == DICT_UINT || field->kind == DICT_PORT ||
	       (field->kind == DICT_HEX && field->width &&
		field->width <= 64);
}

static const char *type_of(const struct dict_field *field)
{
	if (has_bits(field))
		return field->width <= 32 ? "uint32" : "uint64";
	switch (field->kind) {
	case DICT_IPV4:
		return "ipv4";
	case DICT_IPV6:
		return "ipv6";
	case DICT_MAC:
		return "ether";
	default:
		return "bytes";
	}
}

static const char *base_of(const struct dict_field *field)
{
	return field->kind == DICT_HEX ? "base.HEX" : "base.DEC";
}

/* A description is the only text that isn't known to be harmless. */
static void write_string(FILE *file, const char *text)
{
	putc('"', file);
	for (; *text; text++) {
		if (strchr("\"\\", *text))
			putc('\\', file);
		putc(*text, file);
	}
	putc('"', file);
}

/**
 * struct filters - names that fields of an option have in filters
 * @name: the names
 * @field: a field that has it
 * @n: how many
 */
struct filters {
	char (*name)[DICT_MAX_WORD + 16];
	const struct dict_field **field;
	size_t n;
};

static const struct dict_field *find_filter(const struct filters *filters,
					    const char *name)
{
	size_t i;

	for (i = 0; i < filters->n; i++)
		if (!strcmp(filters->name[i], name))
			return filters->field[i];
	return NULL;
}

static bool same_type(const struct dict_field *a, const struct dict_field *b)
{
	return !strcmp(type_of(a), type_of(b)) &&
	       (!has_bits(a) || !strcmp(base_of(a), base_of(b)));
}

/*
 * What a field is called in filters: the name, but "address_ipv6" where another
 * layout has an "address" of another type, which a filter can't mix.
 */
static const char *add_filter(struct filters *filters,
			      const struct dict_field *field)
{
	char *name = filters->name[filters->n];
	const struct dict_field *other;
	unsigned int i = 0;

	sprintf(name, "%s", field->name);
	while ((other = find_filter(filters, name)) && !same_type(other, field)) {
		if (!i++)
			sprintf(name, "%s_%s", field->name,
				dict_kinds[field->kind]);
		else
			sprintf(name, "%s_%u", field->name, i);
	}
	filters->field[filters->n++] = field;
	return name;
}

static void write_field(FILE *file, const char *option,
			const struct dict_field *field, struct filters *filters)
{
	const char *name = add_filter(filters, field);

	fprintf(file, "\t\t\t{ at = %u, width = %u, ", field->offset,
		field->width);
	if (has_bits(field))
		fprintf(file, "bits = true, ");
	fprintf(file, "f = field(ProtoField.%s, \"ovl.%s.%s\", \"%s\"",
		type_of(field), option, name, field->name);
	if (has_bits(field))
		fprintf(file, ", %s", base_of(field));
	fprintf(file, ") },\n");
}

static void write_option(FILE *file, const struct dict_option *known)
{
	const struct dict_layout *layout;
	struct filters filters = { };
	size_t i, j, n = 0;

	for (i = 0; i < known->n; i++)
		n += known->layout[i].n;
	filters.name = calloc(n + 1, sizeof(*filters.name));
	filters.field = calloc(n + 1, sizeof(*filters.field));

	fprintf(file, "options[0x%04x%02x] = {\n\tname = \"%s\",\n", known->class,
		known->type, known->name);
	fprintf(file, "\tf = field(ProtoField.bytes, \"ovl.%s\", \"%s\", base.NONE, ",
		known->name, known->name);
	write_string(file, known->text ? known->text : known->name);
	fprintf(file, "),\n\tlayouts = {\n");
	for (i = 0; i < known->n; i++) {
		layout = &known->layout[i];
		fprintf(file, "\t\t{ min = %u, max = %u, fields = {\n",
			layout->min, layout->max);
		for (j = 0; j < layout->n; j++)
			write_field(file, known->name, &layout->field[j],
				    &filters);
		fprintf(file, "\t\t} },\n");
	}
	fprintf(file, "\t},\n}\n");
	free(filters.name);
	free(filters.field);
}

void dict_write_lua(FILE *file, const struct dict *dict)
{
	size_t i;

	fputs(head, file);
	for (i = 0; i < dict->n; i++)
		write_option(file, &dict->option[i]);
	fputs(tail, file);
}
