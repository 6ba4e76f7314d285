// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dict.h"

#define DEFAULT_PATH	DATADIR "/ovl-tun/options.d:" \
			SYSCONFDIR "/ovl-tun/options.d"
#define MAX_FILE	(1024 * 1024)

const char *const dict_kinds[DICT_N_KINDS] = {
	[DICT_HEX] = "hex",
	[DICT_UINT] = "uint",
	[DICT_PORT] = "port",
	[DICT_IPV4] = "ipv4",
	[DICT_IPV6] = "ipv6",
	[DICT_MAC] = "mac",
};

static void free_option(struct dict_option *option)
{
	struct dict_layout *layout;

	while (option->n) {
		layout = &option->layout[--option->n];
		while (layout->n)
			free(layout->field[--layout->n].name);
		free(layout->field);
	}
	free(option->layout);
	free(option->name);
	free(option->text);
	free(option->file);
}

void dict_free(struct dict *dict)
{
	while (dict->n)
		free_option(&dict->option[--dict->n]);
	free(dict->option);
	memset(dict, 0, sizeof(*dict));
}

static int compare(const void *a, const void *b)
{
	const struct dict_option *first = a, *second = b;

	if (first->class != second->class)
		return first->class < second->class ? -1 : 1;
	return (first->type > second->type) - (first->type < second->type);
}

const struct dict_option *dict_find(const struct dict *dict, unsigned int class,
				    unsigned int type)
{
	const struct dict_option key = { .class = class, .type = type };

	if (!dict->n)
		return NULL;
	return bsearch(&key, dict->option, dict->n, sizeof(key), compare);
}

const struct dict_option *dict_find_name(const struct dict *dict,
					 const char *name, size_t len)
{
	const char *other;
	size_t i;

	for (i = 0; i < dict->n; i++) {
		other = dict->option[i].name;
		if (!strncmp(other, name, len) && !other[len])
			return &dict->option[i];
	}
	return NULL;
}

const struct dict_layout *dict_layout(const struct dict_option *known,
				      size_t len)
{
	size_t i;

	for (i = 0; i < known->n; i++)
		if (known->layout[i].min <= len && len <= known->layout[i].max)
			return &known->layout[i];
	return NULL;
}

static bool collide(const struct dict_option *a, const struct dict_option *b)
{
	return (a->class == b->class && a->type == b->type) ||
	       !strcmp(a->name, b->name);
}

/* The option of @folder in whose place @new would have to go */
static const struct dict_option *find_rival(const struct dict *dict,
					    const struct dict_option *new,
					    unsigned int folder)
{
	size_t i;

	for (i = 0; i < dict->n; i++)
		if (dict->option[i].folder == folder &&
		    collide(&dict->option[i], new))
			return &dict->option[i];
	return NULL;
}

/* One by its name and one by its class and type may have to go. */
static void remove_rivals(struct dict *dict, const struct dict_option *new)
{
	size_t i, n = 0;

	for (i = 0; i < dict->n; i++)
		if (collide(&dict->option[i], new))
			free_option(&dict->option[i]);
		else
			dict->option[n++] = dict->option[i];
	dict->n = n;
}

bool dict_merge(struct dict *dict, struct dict *from, unsigned int folder,
		char *error, size_t size)
{
	const struct dict_option *rival;
	struct dict_option *new;
	size_t i;

	for (i = 0; i < from->n; i++) {
		new = &from->option[i];
		rival = find_rival(dict, new, folder);
		if (!rival)
			continue;
		snprintf(error, size,
			 "%s: \"%s\", 0x%04x:0x%02x: %s has it as \"%s\", 0x%04x:0x%02x",
			 new->file, new->name, new->class, new->type,
			 rival->file, rival->name, rival->class, rival->type);
		dict_free(from);
		return false;
	}
	for (i = 0; i < from->n; i++) {
		new = &from->option[i];
		remove_rivals(dict, new);
		dict->option = parse_grow(dict->option, dict->n, &dict->room,
					  sizeof(*dict->option));
		new->folder = folder;
		dict->option[dict->n++] = *new;
	}
	from->n = 0;	/* what was in it has moved */
	dict_free(from);
	if (dict->n)
		qsort(dict->option, dict->n, sizeof(*dict->option), compare);
	return true;
}

/* A file's text, to be freed. Whatever isn't a file doesn't hold us up. */
static char *read_text(const char *name, size_t *len, char *error, size_t size)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	const char *why = "not a file";
	struct stat stat;
	char *text = NULL;
	ssize_t got = 0;

	if (fd < 0 || fstat(fd, &stat)) {
		why = strerror(errno);
	} else if (S_ISREG(stat.st_mode) && stat.st_size > MAX_FILE) {
		why = "larger than 1 MiB";
	} else if (S_ISREG(stat.st_mode)) {
		text = malloc(MAX_FILE);
		for (*len = 0; text && *len < MAX_FILE; *len += got) {
			got = read(fd, text + *len, MAX_FILE - *len);
			if (got <= 0)
				break;
		}
		if (!text || got < 0) {
			why = strerror(errno);
			free(text);
			text = NULL;
		}
	}
	if (fd >= 0)
		close(fd);
	if (!text)
		snprintf(error, size, "%s: %s", name, why);
	return text;
}

static void load_file(struct dict *dict, const char *name, unsigned int folder)
{
	struct dict new = { };
	char error[1024];
	bool good = false;
	size_t len;
	char *text;

	text = read_text(name, &len, error, sizeof(error));
	if (text)
		good = dict_read(text, len, name, &new, error, sizeof(error)) &&
		       dict_merge(dict, &new, folder, error, sizeof(error));
	if (!good)
		fprintf(stderr, "Warning: %s; the file is ignored\n", error);
	free(text);
}

static int is_json(const struct dirent *entry)
{
	const char *end = strrchr(entry->d_name, '.');

	return *entry->d_name != '.' && end && !strcmp(end, ".json");
}

static void load_folder(struct dict *dict, const char *name, unsigned int folder)
{
	struct dirent **entries;
	char *file;
	int i, n;

	n = scandir(name, &entries, is_json, alphasort);
	if (n < 0) {
		if (errno != ENOENT)
			fprintf(stderr, "Warning: %s: %s; the folder is ignored\n",
				name, strerror(errno));
		return;
	}
	for (i = 0; i < n; i++) {
		if (asprintf(&file, "%s/%s", name, entries[i]->d_name) >= 0) {
			load_file(dict, file, folder);
			free(file);
		}
		free(entries[i]);
	}
	free(entries);
}

void dict_load(struct dict *dict, const char *path)
{
	char *copy = strdup(path), *rest = copy, *name;
	unsigned int folder = 0;

	while ((name = strsep(&rest, ":")))
		if (*name)
			load_folder(dict, name, folder++);
	free(copy);
}

const struct dict *dict_get(void)
{
	static struct dict dict;
	static bool loaded;
	const char *path;

	if (!loaded) {
		loaded = true;
		path = secure_getenv("OVLTUN_OPTIONS_PATH");
		dict_load(&dict, path ? path : DEFAULT_PATH);
	}
	return &dict;
}
