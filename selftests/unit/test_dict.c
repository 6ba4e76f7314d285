// SPDX-License-Identifier: GPL-2.0
/* Names of options, tools/dict*.c: files, what they refuse, values. */

#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dict.h"
#include "tap.h"

#define SHIPPED	"../../tools/dictionary"
#define ROUNDS	20000

static struct dict shipped;

/* Read @text as the file "f.json"; what is wrong with it, NULL if nothing is */
static const char *read_text(const char *text, struct dict *dict)
{
	static char error[1024];

	memset(dict, 0, sizeof(*dict));
	strcpy(error, "nothing was said");
	return dict_read(text, strlen(text), "f.json", dict, error,
			 sizeof(error)) ? NULL : error;
}

static void test_shipped(void)
{
	static const struct {
		const char *name;
		unsigned int class, type;
	} known[] = {
		{ "ovn.ports", 0x0102, 0x80 },
		{ "aws.vpce", 0x0108, 0x01 },
		{ "aws.attachment", 0x0108, 0x02 },
		{ "aws.flow", 0x0108, 0x03 },
		{ "google.network", 0x0132, 0x01 },
		{ "google.endpoint", 0x0132, 0x02 },
		{ "google.profile", 0x0132, 0x03 },
		{ "cilium.dsr", 0x014b, 0x81 },
	};
	const struct dict_option *option;
	size_t i, n = sizeof(known) / sizeof(*known);

	CHECK(shipped.n == n, "%zu", shipped.n);
	for (i = 0; i < n && i < shipped.n; i++) {
		option = &shipped.option[i];
		CHECK(!strcmp(option->name, known[i].name), "%s", option->name);
		CHECK(option->class == known[i].class, "%s", option->name);
		CHECK(option->type == known[i].type, "%s", option->name);
		CHECK(option == dict_find(&shipped, option->class, option->type));
		CHECK(option == dict_find_name(&shipped, option->name,
					       strlen(option->name)));
	}
	CHECK(!dict_find(&shipped, 0x0102, 0x81));
	CHECK(!dict_find_name(&shipped, "ovn.port", 8));
	CHECK(!dict_find_name(&shipped, "ovn.portss", 10));
}

/* What is typed, the option that it makes, and how that one is printed */
static void check_value(const struct dict *dict, const char *text,
			const char *raw, const char *shown)
{
	char got[OPTION_TEXT] = "", name[DICT_TEXT] = "";
	struct option option = { };
	const char *why = dict_parse(dict, text, true, &option);

	CHECK(!why, "%s: %s", text, why);
	if (why)
		return;
	format_option(&option, got);
	CHECK(!strcmp(got, raw), "%s: %s", text, got);
	CHECK(dict_format(dict, &option, name), "%s", text);
	CHECK(!strcmp(name, shown ? shown : text), "%s: %s", text, name);
}

static void check_refused(const struct dict *dict, const char *text,
			  const char *want)
{
	struct option option = { };
	const char *why = dict_parse(dict, text, true, &option);

	CHECK(why && strstr(why, want), "%s: %s", text, why);
}

static void test_values(void)
{
	check_value(&shipped, "ovn.ports=ingress:5,egress:32769",
		    "0x0102:0x80:00058001", NULL);
	check_value(&shipped, "ovn.ports=egress:0x8001,ingress:0x7fff",
		    "0x0102:0x80:7fff8001", "ovn.ports=ingress:32767,egress:32769");
	check_value(&shipped, "aws.vpce=0x1122334455667788",
		    "0x0108:0x01:1122334455667788", NULL);
	check_value(&shipped, "aws.attachment=id:0x00AABBccddeeff01",
		    "0x0108:0x02:00aabbccddeeff01",
		    "aws.attachment=0x00aabbccddeeff01");
	check_value(&shipped, "aws.flow=0xdeadbeef", "0x0108:0x03:deadbeef",
		    NULL);
	check_value(&shipped, "google.network=id:268435455,egress:1",
		    "0x0132:0x01:fffffff1", NULL);
	check_value(&shipped, "google.endpoint=0x0102030405060708090a0b0c",
		    "0x0132:0x02:0102030405060708090a0b0c", NULL);
	check_value(&shipped, "google.profile=18446744073709551615",
		    "0x0132:0x03:ffffffffffffffff", NULL);
	check_value(&shipped, "cilium.dsr=address:192.0.2.1,port:8080",
		    "0x014b:0x81:c00002011f900000", NULL);
	check_value(&shipped, "cilium.dsr=address:2001:db8::1,port:80",
		    "0x014b:0x81:20010db8000000000000000000000001""00500000",
		    NULL);
	/* what each packet has of its own */
	check_value(&shipped, "ovn.ports=mark/0xffff>>4",
		    "0x0102:0x80:mark/0xffff>>4", NULL);
	check_value(&shipped, "aws.vpce=counter", "0x0108:0x01:counter", NULL);
	check_value(&shipped, "google.endpoint=time", "0x0132:0x02:time", NULL);
}

static void test_refused_values(void)
{
	static const struct {
		const char *text, *why;
	} wrong[] = {
		{ "ovn.ports", "expected NAME=VALUE" },
		{ "ovn.nothing=1", "no option has this name" },
		{ "ovn=1", "expected CLASS:TYPE:VALUE or NAME=VALUE" },
		{ "ovn.ports=", "there is no \"\"" },
		{ "ovn.ports=5", "expected ingress:VALUE,..., there is no \"5\"" },
		{ "ovn.ports=0x00050001", "there is no \"0x00050001\"" },
		{ "ovn.ports=ingress:5", "egress is missing" },
		{ "ovn.ports=ingress:5,egress:1,", "there is no \"\"" },
		{ "ovn.ports=ingress:5,ingress:5", "ingress is there twice" },
		{ "ovn.ports=ingress:32768,egress:1",
		  "ingress: expected a number from 0 to 32767" },
		{ "ovn.ports=ingress:-1,egress:1", "ingress: expected a number" },
		{ "ovn.ports=ingress:,egress:1", "ingress: expected a number" },
		{ "ovn.ports=ingress:1 ,egress:1", "ingress: expected a number" },
		{ "ovn.ports=Ingress:1,egress:1", "there is no \"Ingress:1\"" },
		{ "ovn.ports=ingress:1,egress:1,more:1", "there is no \"more:1\"" },
		{ "ovn.ports=counter", "never has the 8 bytes of counter" },
		{ "ovn.ports=mark/0", "mask leaves nothing" },
		{ "aws.vpce=0x112233445566778",
		  "id: expected 0x and 16 hex digits, 64 bits" },
		{ "aws.vpce=0x11223344556677889", "16 hex digits" },
		{ "aws.vpce=1122334455667788", "16 hex digits" },
		{ "aws.vpce=0x112233445566778g", "16 hex digits" },
		{ "aws.vpce=0x", "16 hex digits" },
		{ "aws.vpce=", "16 hex digits" },
		{ "aws.vpce=mark", "aws.vpce never has the 4 bytes of mark" },
		{ "google.endpoint=", "has 0 bytes, expected 4 to 124" },
		{ "google.endpoint=0x0102030405", "has 5 bytes" },
		{ "google.endpoint=0x010", "bytes of two hex digits" },
		{ "google.endpoint=id:", "has 0 bytes" },
		{ "google.profile=18446744073709551616", "18446744073709551615" },
		{ "google.profile=id:nix", "id: expected a number" },
		{ "cilium.dsr=address:192.0.2.256,port:1",
		  "8 bytes: address: expected an IPv4 address; 20 bytes: address: expected an IPv6 address" },
		{ "cilium.dsr=address:192.0.2.1,port:65536",
		  "8 bytes: port: expected a number from 0 to 65535" },
		{ "cilium.dsr=address:192.0.2.1", "port is missing" },
	};
	char text[2 * DICT_TEXT];
	struct option option;
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		check_refused(&shipped, wrong[i].text, wrong[i].why);

	/* longer than anything is */
	sprintf(text, "google.endpoint=0x%0*d", DICT_TEXT - 2, 0);
	check_refused(&shipped, text, "too long");
	sprintf(text, "google.endpoint=0x%0*d", DICT_TEXT - 4, 0);
	check_refused(&shipped, text, "at most 124 bytes");
	sprintf(text, "google.endpoint=0x%0250d", 0);
	check_refused(&shipped, text, "at most 124 bytes");
	sprintf(text, "google.endpoint=0x%0248d", 0);
	CHECK(!dict_parse(&shipped, text, true, &option));
	CHECK(option.len == 124);

	/* what del takes */
	CHECK(!dict_parse(&shipped, "cilium.dsr", false, &option));
	CHECK(option.class == 0x014b && option.type == 0x81);
	CHECK(dict_parse(&shipped, "cilium.dsr=", false, &option));
	CHECK(dict_parse(&shipped, "cilium.ds", false, &option));
	CHECK(dict_parse(&shipped, "cilium", false, &option));
}

/* Nothing may be left out of what is printed by name. */
static void test_raw_where_a_name_says_less(void)
{
	static const char *const raw[] = {
		"0x0102:0x80:80010002",		/* a bit of no field */
		"0x0102:0x80:0001000200000000",	/* another length */
		"0x0102:0x80:",
		"0x0102:0x81:00010002",		/* another type */
		"0x0103:0x80:00010002",		/* another class */
		"0x0132:0x01:0000001e",		/* reserved bits between fields */
		"0x014b:0x81:c0000201005000ff",	/* padding */
		"0x0102:0x80:time",		/* longer than it may be */
		"0x0108:0x01:mark",
	};
	char text[DICT_TEXT];
	struct option option;
	size_t i;

	for (i = 0; i < sizeof(raw) / sizeof(*raw); i++) {
		CHECK(!parse_option(raw[i], true, &option), "%s", raw[i]);
		CHECK(!dict_format(&shipped, &option, text), "%s", raw[i]);
	}
}

#define FILE_OF(options) "{\"name\":\"a\",\"class\":1,\"options\":[" options "]}"
#define OPTION_OF(rest) FILE_OF("{\"name\":\"o\",\"type\":2," rest "}")
#define FIELDS_OF(len, fields) \
	OPTION_OF("\"length\":" #len ",\"fields\":[" fields "]")

#define RANGE_OF(min, max, fields) \
	OPTION_OF("\"length\":[" #min "," #max "],\"fields\":[" fields "]")

/* What is printed can be typed again, or else it is printed by number. */
static void test_field_like_value(void)
{
	static const struct {
		const char *raw, *shown;
	} value[] = {
		{ "0x0001:0x02:fe800000000000000000000000000001", NULL },
		{ "0x0001:0x02:fd000000000000000000000000000001", "a.o=fd00::1" },
	};
	struct option option;
	char text[DICT_TEXT];
	struct dict dict;
	bool named;
	size_t i;

	CHECK(!read_text(FIELDS_OF(16, "{\"name\":\"fe80\",\"kind\":\"ipv6\",\"offset\":0}"), &dict));
	for (i = 0; i < sizeof(value) / sizeof(*value); i++) {
		CHECK(!parse_option(value[i].raw, true, &option), "%s", value[i].raw);
		named = dict_format(&dict, &option, text);
		CHECK(named == !!value[i].shown, "%s: %s", value[i].raw, text);
		CHECK(!named || !value[i].shown ||
		      !strcmp(text, value[i].shown), "%s", text);
	}
	dict_free(&dict);
}

static const struct {
	const char *text, *error;
} bad_files[] = {
	{ "", "f.json:1: ends in the middle" },
	{ "{\n\"name\":\"a\",\n", "f.json:3: ends in the middle" },
	{ "{\n\n\"name\" \"a\"}", "f.json:3: object property name separator ':' expected" },
	{ "{\n\"name\":\"a\",\n}", "f.json:3: " },
	{ "{}\n\n{}", "f.json:3: " },
	{ "{\"name\":\"\xff\"}", "f.json:1: invalid utf-8 string" },
	{ "null ", "f.json:1: expected an object" },
	{ "[]", "f.json: expected an object" },
	{ "5 ", "f.json: expected an object" },
	{ "{}", "f.json: name is missing" },
	{ "{\"name\":\"a\"}", "f.json: class is missing" },
	{ "{\"name\":\"a\",\"class\":1}", "f.json: options is missing" },
	{ "{\"name\":\"a\",\"class\":1,\"options\":{}}", "f.json: options: expected an array" },
	{ "{\"name\":\"a\",\"class\":1,\"optoins\":[]}", "f.json: unknown key \"optoins\"" },
	{ "{\"name\":\"A\",\"class\":1,\"options\":[]}", "f.json: name: expected up to 31 of a-z, 0-9 and _, a letter first" },
	{ "{\"name\":5,\"class\":1,\"options\":[]}", "f.json: name: expected up to 31 of" },
	{ "{\"name\":\"\",\"class\":1,\"options\":[]}", "f.json: name: expected up to 31 of" },
	{ "{\"name\":\"a.b\",\"class\":1,\"options\":[]}", "f.json: name: expected up to 31 of" },
	{ "{\"name\":\"1a\",\"class\":1,\"options\":[]}", "f.json: name: expected up to 31 of" },
	{ "{\"name\":\"a23456789012345678901234567890123\",\"class\":1,\"options\":[]}", "f.json: name: expected up to 31 of" },
	{ "{\"name\":\"a\",\"class\":65536,\"options\":[]}", "f.json: class: expected a number from 0 to 65535" },
	{ "{\"name\":\"a\",\"class\":-1,\"options\":[]}", "f.json: class: expected a number from 0 to 65535" },
	{ "{\"name\":\"a\",\"class\":1.5,\"options\":[]}", "f.json: class: expected a number from 0 to 65535" },
	{ "{\"name\":\"a\",\"class\":\"0x10000\",\"options\":[]}", "f.json: class: expected a number from 0 to 65535" },
	{ "{\"name\":\"a\",\"class\":null,\"options\":[]}", "f.json: class is missing" },
	{ "{\"name\":\"a\",\"class\":1,\"description\":5,\"options\":[]}", "f.json: description: expected a string" },
	{ "{\"name\":\"a\",\"class\":1,\"description\":\"a\\nb\",\"options\":[]}", "f.json: description: expected one line" },
	{ FILE_OF("5"), "f.json: options[0]: expected an object" },
	{ FILE_OF("{}"), "f.json: options[0]: name is missing" },
	{ FILE_OF("{\"name\":\"o\"}"), "f.json: options[0]: type is missing" },
	{ FILE_OF("{\"name\":\"o\",\"type\":256}"), "f.json: options[0]: type: expected a number from 0 to 255" },
	{ FILE_OF("{\"name\":\"o\",\"type\":2}"), "f.json: options[0]: length is missing" },
	{ FILE_OF("{\"name\":\"o\",\"type\":2,\"length\":0},{\"name\":\"o\",\"type\":3,\"length\":0}"), "f.json: options[1]: name: another option has it" },
	{ FILE_OF("{\"name\":\"o\",\"type\":2,\"length\":0},{\"name\":\"p\",\"type\":2,\"length\":0}"), "f.json: options[1]: type: another option has it" },
	{ OPTION_OF("\"length\":5"), "f.json: options[0]: length: expected a multiple of 4" },
	{ OPTION_OF("\"length\":128"), "f.json: options[0]: length: expected a number from 0 to 124" },
	{ OPTION_OF("\"length\":[4]"), "f.json: options[0]: length: expected [ MIN, MAX ]" },
	{ OPTION_OF("\"length\":[8,4]"), "f.json: options[0]: length: a range goes from its lower end to the upper" },
	{ OPTION_OF("\"layouts\":5"), "f.json: options[0]: layouts: expected an array" },
	{ OPTION_OF("\"layouts\":[]"), "f.json: options[0]: layouts: at least one is needed" },
	{ OPTION_OF("\"length\":4,\"layouts\":[{\"length\":4}]"), "f.json: options[0]: length and fields stand in each of the layouts" },
	{ OPTION_OF("\"layouts\":[{\"length\":4},{\"length\":[0,8]}]"), "f.json: options[0].layouts[1]: length: another layout has it" },
	{ OPTION_OF("\"layouts\":[{\"length\":4,\"name\":\"x\"}]"), "f.json: options[0].layouts[0]: unknown key \"name\"" },
	{ OPTION_OF("\"layouts\":[{\"length\":4},{\"length\":8,\"fields\":[{}]}]"), "f.json: options[0].layouts[1].fields[0]: name is missing" },
	{ OPTION_OF("\"length\":4,\"fields\":5"), "f.json: options[0]: fields: expected an array" },
	{ FIELDS_OF(4, "5"), "f.json: options[0].fields[0]: expected an object" },
	{ FIELDS_OF(4, "{\"name\":\"x\"}"), "f.json: options[0].fields[0]: kind is missing" },
	{ FIELDS_OF(4, "{\"name\":\"x\",\"kind\":\"bits\"}"), "f.json: options[0].fields[0]: kind: expected hex, uint, port, ipv4, ipv6 or mac" },
	{ FIELDS_OF(4, "{\"name\":\"x\",\"kind\":1}"), "f.json: options[0].fields[0]: kind: expected hex" },
	{ FIELDS_OF(4, "{\"name\":\"x\",\"kind\":\"uint\"}"), "f.json: options[0].fields[0]: offset is missing" },
	{ FIELDS_OF(4, "{\"name\":\"x\",\"kind\":\"uint\",\"offset\":0}"), "f.json: options[0].fields[0]: width is missing" },
	{ FIELDS_OF(12, "{\"name\":\"x\",\"kind\":\"uint\",\"offset\":0,\"width\":65}"), "f.json: options[0].fields[0]: width: expected a number from 1 to 64" },
	{ FIELDS_OF(12, "{\"name\":\"x\",\"kind\":\"uint\",\"offset\":0,\"width\":0}"), "f.json: options[0].fields[0]: width: expected a number from 1 to 64" },
	{ FIELDS_OF(12, "{\"name\":\"x\",\"kind\":\"port\",\"offset\":0,\"width\":8}"), "f.json: options[0].fields[0]: width: port has 16 bits" },
	{ FIELDS_OF(12, "{\"name\":\"x\",\"kind\":\"uint\",\"offset\":0,\"width\":\"rest\"}"), "f.json: options[0].fields[0]: width: only hex takes the rest" },
	{ FIELDS_OF(4, "{\"name\":\"x\",\"kind\":\"ipv4\",\"offset\":4}"), "f.json: options[0].fields[0]: has to be whole bytes" },
	{ FIELDS_OF(12, "{\"name\":\"x\",\"kind\":\"hex\",\"offset\":4,\"width\":72}"), "f.json: options[0].fields[0]: has to be whole bytes" },
	{ FIELDS_OF(12, "{\"name\":\"x\",\"kind\":\"hex\",\"offset\":0,\"width\":68}"), "f.json: options[0].fields[0]: has to be whole bytes" },
	{ FIELDS_OF(4, "{\"name\":\"x\",\"kind\":\"ipv4\",\"offset\":8}"), "f.json: options[0].fields[0]: ends at bit 40 of 32" },
	{ FIELDS_OF(4, "{\"name\":\"x\",\"kind\":\"hex\",\"offset\":40,\"width\":\"rest\"}"), "f.json: options[0].fields[0]: begins at bit 40 of 32" },
	{ FIELDS_OF(4, "{\"name\":\"x\",\"kind\":\"uint\",\"offset\":0,\"width\":8},{\"name\":\"x\",\"kind\":\"uint\",\"offset\":8,\"width\":8}"), "f.json: options[0].fields[1]: name: another field has it" },
	{ FIELDS_OF(4, "{\"name\":\"x\",\"kind\":\"uint\",\"offset\":0,\"width\":8},{\"name\":\"y\",\"kind\":\"uint\",\"offset\":7,\"width\":8}"), "f.json: options[0].fields[1]: another field has bit 7" },
	{ RANGE_OF(4, 8, "{\"name\":\"x\",\"kind\":\"hex\",\"offset\":0,\"width\":\"rest\"},{\"name\":\"y\",\"kind\":\"uint\",\"offset\":0,\"width\":8}"), "f.json: options[0].fields[1]: another field has bit 0" },
	{ RANGE_OF(4, 8, "{\"name\":\"x\",\"kind\":\"uint\",\"offset\":0,\"width\":8}"), "f.json: options[0]: fields: the last one has to take the rest" },
};

static void test_bad_files(void)
{
	struct dict dict;
	const char *why;
	size_t i;

	for (i = 0; i < sizeof(bad_files) / sizeof(*bad_files); i++) {
		why = read_text(bad_files[i].text, &dict);
		CHECK(why && !strncmp(why, bad_files[i].error,
				      strlen(bad_files[i].error)),
		      "%s\n#   got  %s\n#   want %s", bad_files[i].text, why,
		      bad_files[i].error);
		CHECK(!dict.n);
		dict_free(&dict);
	}
	CHECK(!dict_read("{}\0", 3, "f.json", &dict, (char[64]){ }, 64));
}

/* Files that are as wrong as the above in no way */
static void test_good_files(void)
{
	struct dict dict;

	CHECK(!read_text(FILE_OF(""), &dict));
	CHECK(!dict.n);
	dict_free(&dict);

	CHECK(!read_text(" \n" OPTION_OF("\"length\":0") "\n\n", &dict));
	check_value(&dict, "a.o=", "0x0001:0x02:", NULL);
	check_refused(&dict, "a.o=0x00000001", "has 4 bytes, expected 0 to 0");
	dict_free(&dict);

	CHECK(!read_text(OPTION_OF("\"length\":8"), &dict));
	check_value(&dict, "a.o=0x0011223344556677",
		    "0x0001:0x02:0011223344556677", NULL);
	check_value(&dict, "a.o=data:0x0011223344556677",
		    "0x0001:0x02:0011223344556677", "a.o=0x0011223344556677");
	check_refused(&dict, "a.o=0x00112233", "has 4 bytes, expected 8 to 8");
	dict_free(&dict);

	CHECK(!read_text(RANGE_OF(4, 12,
			"{\"name\":\"x\",\"kind\":\"hex\",\"offset\":0,\"width\":15},"
			"{\"name\":\"m\",\"kind\":\"uint\",\"offset\":15,\"width\":1},"
			"{\"name\":\"z\",\"kind\":\"hex\",\"offset\":16,\"width\":\"rest\"}"),
			 &dict));
	check_value(&dict, "a.o=x:0x7ffe,m:1,z:0xaabb",
		    "0x0001:0x02:fffdaabb", NULL);
	check_value(&dict, "a.o=z:0xaabbccddeeff01020304,m:0,x:0x0001",
		    "0x0001:0x02:0002aabbccddeeff01020304",
		    "a.o=x:0x0001,m:0,z:0xaabbccddeeff01020304");
	check_refused(&dict, "a.o=x:0x8000,m:1,z:0xaabb", "4 hex digits, 15 bits");
	check_refused(&dict, "a.o=x:0x7ffe,m:1,z:0xaabbcc", "has 5 bytes");
	check_refused(&dict, "a.o=x:0x7ffe,m:1,z:", "has 2 bytes");
	dict_free(&dict);

	CHECK(!read_text(FIELDS_OF(8, "{\"name\":\"m\",\"kind\":\"mac\",\"offset\":8}"),
			 &dict));
	check_value(&dict, "a.o=02:00:00:00:00:07",
		    "0x0001:0x02:0002000000000700", NULL);
	check_value(&dict, "a.o=m:02:00:00:00:00:07",
		    "0x0001:0x02:0002000000000700", "a.o=02:00:00:00:00:07");
	check_refused(&dict, "a.o=02:00:00:00:00", "m: expected a MAC address");
	dict_free(&dict);
}

static void write_file(const char *folder, const char *name, const char *text)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	if (!file || fputs(text, file) < 0 || fclose(file))
		exit(1);
}

static const char *name_of(const struct dict *dict, unsigned int class,
			   unsigned int type)
{
	const struct dict_option *option = dict_find(dict, class, type);

	return option ? option->name : "none";
}

#define MINE(vendor, class, name, type) "{\"name\":\"" vendor "\",\"class\":" \
	#class ",\"options\":[{\"name\":\"" name "\",\"type\":" #type \
	",\"length\":4}]}"

/* Files of two folders, some of them wrong: the rest is as if they weren't. */
static void test_folders(void)
{
	char top[] = "/tmp/ovl-dict.XXXXXX", one[64], two[64], path[256];
	char said[4096] = "";
	struct dict dict = { };
	int old = dup(2);
	FILE *err;

	if (!mkdtemp(top))
		exit(1);
	snprintf(one, sizeof(one), "%s/one", top);
	snprintf(two, sizeof(two), "%s/two", top);
	mkdir(one, 0755);
	mkdir(two, 0755);
	write_file(one, "a.json", MINE("v", 256, "first", 1));
	write_file(one, "b.json", MINE("v", 256, "first", 2));	/* same name */
	write_file(one, "c.json", MINE("v", 256, "other", 1));	/* same key */
	write_file(one, "d.json", MINE("v", 256, "second", 2));
	write_file(one, "e.json", MINE("v", 256, "third", 3));
	write_file(one, "f.json", "{\n");
	write_file(one, "g.txt", "{");
	write_file(one, ".h.json", "{");
	write_file(two, "a.json", MINE("v", 256, "mine", 1));	/* same key */
	write_file(two, "b.json", MINE("v", 256, "second", 9));	/* same name */
	write_file(two, "c.json", "nonsense");
	snprintf(path, sizeof(path), "%s/d.json", two);
	mkdir(path, 0755);
	snprintf(path, sizeof(path), "%s/e.json", two);
	mkfifo(path, 0644);
	snprintf(path, sizeof(path), "%s:/nonexistent::%s", one, two);

	fflush(stderr);
	err = tmpfile();
	dup2(fileno(err), 2);
	dict_load(&dict, path);
	dup2(old, 2);
	close(old);
	rewind(err);
	said[fread(said, 1, sizeof(said) - 1, err)] = '\0';
	fclose(err);

	CHECK(dict.n == 3, "%zu", dict.n);
	CHECK(!strcmp(name_of(&dict, 256, 1), "v.mine"));
	CHECK(!strcmp(name_of(&dict, 256, 2), "none"));
	CHECK(!strcmp(name_of(&dict, 256, 3), "v.third"));
	CHECK(!strcmp(name_of(&dict, 256, 9), "v.second"));
	CHECK(strstr(said, "one/b.json: \"v.first\", 0x0100:0x02: "), "%s", said);
	CHECK(strstr(said, "one/c.json: \"v.other\", 0x0100:0x01: "), "%s", said);
	CHECK(strstr(said, "one/a.json has it as \"v.first\", 0x0100:0x01; the file is ignored\n"), "%s", said);
	CHECK(strstr(said, "one/f.json:2: ends in the middle; the file is ignored\n"), "%s", said);
	CHECK(strstr(said, "two/c.json:1: "), "%s", said);
	CHECK(strstr(said, "two/d.json: not a file; the file is ignored\n"), "%s", said);
	CHECK(strstr(said, "two/e.json: not a file; the file is ignored\n"), "%s", said);
	CHECK(!strstr(said, "g.txt") && !strstr(said, ".h.json") && !strstr(said, "nonexistent"), "%s", said);
	dict_free(&dict);
	snprintf(path, sizeof(path), "rm -rf %s", top);
	CHECK(!system(path));
}

/* Random fields side by side, some bits between them of none */
static size_t random_file(char *text, unsigned int len)
{
	static const struct {
		const char *kind;
		unsigned int width;
	} kinds[] = {
		{ "hex", 0 }, { "uint", 0 }, { "port", 16 }, { "ipv4", 32 },
		{ "ipv6", 128 }, { "mac", 48 },
	};
	unsigned int at = 0, width, kind, n = 0;
	char *out = text;

	out += sprintf(out, "{\"name\":\"a\",\"class\":1,\"options\":["
		       "{\"name\":\"o\",\"type\":2,\"length\":%u,\"fields\":[",
		       len);
	while (at < 8 * len && n < DICT_MAX_FIELDS) {
		kind = tap_random(6);
		width = kinds[kind].width;
		if (!width)
			width = 1 + tap_random(kind || tap_random(4) ? 64 : 200);
		if (!tap_random(5))
			at += tap_random(20);
		if (kind > 2 || width > 64)
			at = (at + 7) / 8 * 8;
		if (width > 64 && !kind)
			width = width / 8 * 8;
		if (at + width > 8 * len)
			break;
		out += sprintf(out, "%s{\"name\":\"f%u\",\"kind\":\"%s\",\"offset\":%u,\"width\":%u}",
			       n ? "," : "", n, kinds[kind].kind, at, width);
		at += width;
		n++;
	}
	out += sprintf(out, "]}]}");
	return n;
}

/* Bits of @option that a field has; all others become 0. */
static void clear_others(const struct dict_layout *layout, struct option *option)
{
	unsigned char mask[OVL_TUN_MAX_OPT_DATA] = { };
	unsigned int bit;
	size_t i;

	for (i = 0; i < layout->n; i++)
		for (bit = layout->field[i].offset;
		     bit < layout->field[i].offset + layout->field[i].width; bit++)
			mask[bit / 8] |= 0x80 >> bit % 8;
	for (i = 0; i < option->len; i++)
		option->data[i] &= mask[i];
}

static void test_random_layouts(void)
{
	char file[16384], text[DICT_TEXT];
	struct option option, again;
	struct dict dict;
	unsigned int i, len, fields = 0;
	const char *why;
	size_t n;

	for (i = 0; i < ROUNDS; i++) {
		len = 4 * tap_random(32);
		n = random_file(file, len);
		why = read_text(file, &dict);
		CHECK(!why, "%s: %s", file, why);
		if (why)
			continue;
		memset(&option, 0, sizeof(option));
		option.class = 1;
		option.type = 2;
		option.len = len;
		while (len--)
			option.data[len] = tap_random(8) ? tap_random(256) : 0;
		if (n)
			clear_others(dict.option->layout, &option);
		CHECK(dict_format(&dict, &option, text), "%s", file);
		memset(&again, 0xff, sizeof(again));
		why = dict_parse(&dict, text, true, &again);
		CHECK(!why, "%s: %s: %s", file, text, why);
		CHECK(again.len == option.len && !again.source &&
		      !memcmp(again.data, option.data, option.len),
		      "%s: %s", file, text);
		fields += n;
		dict_free(&dict);
	}
	CHECK(fields > ROUNDS, "%u", fields);
}

/* The whole value goes by the name "data" then. */
static void test_no_fields(void)
{
	static const char file[] =
		"{\"name\":\"a\",\"class\":1,\"options\":["
		"{\"name\":\"o\",\"type\":2,\"length\":4}]}";
	struct dict dict;
	const char *why = read_text(file, &dict);

	CHECK(!why, "%s", why);
	check_value(&dict, "a.o=data:0x11223344", "0x0001:0x02:11223344",
		    "a.o=0x11223344");
	check_refused(&dict, "a.o=data:0x11,data:0x22", "data is there twice");
	check_refused(&dict, "a.o=data:0x11223344,x:1", "there is no \"x:1\"");
	dict_free(&dict);
}

/* Two lengths with the same fields: who types them means the first. */
static void test_same_fields(void)
{
	static const char file[] =
		"{\"name\":\"a\",\"class\":1,\"options\":[{\"name\":\"o\",\"type\":2,"
		"\"layouts\":[{\"length\":4,\"fields\":["
		"{\"name\":\"x\",\"offset\":0,\"width\":16,\"kind\":\"uint\"}]},"
		"{\"length\":8,\"fields\":["
		"{\"name\":\"x\",\"offset\":0,\"width\":32,\"kind\":\"uint\"}]}]}]}";
	struct option option;
	char text[DICT_TEXT];
	struct dict dict;
	const char *why = read_text(file, &dict);

	CHECK(!why, "%s", why);
	check_value(&dict, "a.o=5", "0x0001:0x02:00050000", NULL);
	check_value(&dict, "a.o=65536", "0x0001:0x02:0001000000000000", NULL);
	CHECK(!parse_option("0x0001:0x02:0000000500000000", true, &option));
	CHECK(!dict_format(&dict, &option, text), "%s", text);
	dict_free(&dict);
}

int main(void)
{
	dict_load(&shipped, SHIPPED);
	tap_test("the shipped files", test_shipped);
	tap_test("values by name, and back", test_values);
	tap_test("values that are refused, and why", test_refused_values);
	tap_test("what a name would say less of stays raw",
		 test_raw_where_a_name_says_less);
	tap_test("an option without fields", test_no_fields);
	tap_test("one of the second layout that reads as the first stays raw",
		 test_same_fields);
	tap_test("one that begins like a field's name stays raw",
		 test_field_like_value);
	tap_test("files that are wrong, and where", test_bad_files);
	tap_test("files that aren't", test_good_files);
	tap_test("folders, and files that are ignored", test_folders);
	tap_test("20000 random layouts: printed and read again",
		 test_random_layouts);
	dict_free(&shipped);
	return tap_end();
}
