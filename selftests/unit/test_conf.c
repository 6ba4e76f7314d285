// SPDX-License-Identifier: GPL-2.0
/* Configuration files of ovltun, tools/conf.c and tools/conf_read.c. */
#define _GNU_SOURCE
#include <string.h>

#include "conf.h"
#include "tap.h"

static char error[256];

/* @len bytes, which need not be text */
static bool read_bytes(const char *bytes, size_t len, struct conf *conf)
{
	FILE *file = fmemopen((void *)bytes, len ? len : 1, "r");
	bool good;

	if (!file)
		abort();
	if (!len)
		fseek(file, 0, SEEK_END);
	*error = '\0';
	good = conf_read(file, "F", conf, error, sizeof(error));
	fclose(file);
	return good;
}

static bool read_text(const char *text, struct conf *conf)
{
	return read_bytes(text, strlen(text), conf);
}

/* What conf_write() makes of it; to be freed */
static char *written(const struct conf *conf)
{
	char *text;
	size_t len;
	FILE *file = open_memstream(&text, &len);

	if (!file)
		abort();
	conf_write(file, conf);
	fclose(file);
	return text;
}

/* @text is read, and written as @want. */
static void converts(const char *text, const char *want)
{
	struct conf conf;
	char *got;

	if (!read_text(text, &conf)) {
		CHECK(false, "refused: %s", error);
		return;
	}
	got = written(&conf);
	CHECK(!strcmp(got, want), "got:\n%s", got);
	free(got);
	conf_free(&conf);
}

static const char full[] =
	"[Device]\n"
	"Option = 0x0102:0x80:00010002\n"
	"Option = 0x0103:0x01:\n"
	"Option = 0x0001:0x01:00000000 force\n"
	"\n"
	"[Options]\n"
	"Name = all\n"
	"Option = 0xff00:0x00:mark\n"
	"Option = 0xff00:0x01:prio>>3\n"
	"Option = 0xff00:0x02:vlan/0xe000>>13\n"
	"Option = 0xff00:0x03:hash\n"
	"Option = 0xff00:0x04:vni/0xff\n"
	"Option = 0xff00:0x05:iif\n"
	"Option = 0xff00:0x06:classid\n"
	"Option = 0xff00:0x07:peer\n"
	"Option = 0xff00:0x08:counter\n"
	"Option = 0xff00:0x09:time\n"
	"Option = 0x0001:0x0a:mark force\n"
	"\n"
	"[Options]\n"
	"Name = none\n"
	"\n"
	"[Peer]\n"
	"Id = 7\n"
	"Name = node7\n"
	"Remote = 192.0.2.7\n"
	"Port = 8472\n"
	"Encap = vxlan\n"
	"VNI = 5\n"
	"RxVNI = 6\n"
	"Local = 192.0.2.1\n"
	"TTL = 64\n"
	"TOS = 0x10\n"
	"DF = set\n"
	"FlowLabel = 0x123\n"
	"UDPCsum = on\n"
	"UDP6ZeroCsumTx = off\n"
	"MTU = 1400\n"
	"NoOptions = drop\n"
	"Options = all\n"
	"Allowed = 10.1.2.0/24, 10.1.3.1/32, 2001:db8:1::/64\n"
	"MAC = 02:00:00:00:00:02, 02:00:00:00:00:01\n"
	"\n"
	"[Peer]\n"
	"Name = node8\n"
	"Remote = 2001:db8::8\n"
	"TTL = inherit\n"
	"TOS = inherit\n"
	"DF = inherit\n"
	"\n"
	"[Peer]\n"
	"Id = 9\n"
	"Remote = 192.0.2.9\n"
	"TTL = auto\n"
	"\n"
	"[Vni]\n"
	"Remote = 192.0.2.2\n"
	"Options = all\n"
	"VNI = 10-20, 30\n"
	"\n"
	"[Vni]\n"
	"Remote = 192.0.2.2\n"
	"VNI = 31\n"
	"\n"
	"[Vni]\n"
	"VNI = 32\n"
	"\n"
	"[Rule]\n"
	"Pref = 7\n"
	"Action = count\n"
	"\n"
	"[Rule]\n"
	"Pref = 10\n"
	"Name = tenant\n"
	"Match = peer node7 vni 5-7 encap geneve\n"
	"Action = require 0x0102:0x80:00010002/00ffffff mark 0x0102:0x80/0xff00>>8 accept\n"
	"\n"
	"[Rule]\n"
	"Pref = 4294967295\n"
	"Match = peer 9 vni 5 option 0xff00:0x01 option 0xff00:0x02 absent option 0xff00:0x03:0a0b0c0d option 0xff00:0x04 range 1-18446744073709551615 option 0xff00:0x05 times 2\n"
	"Action = prio 0x7 sample drop\n";

static void test_round_trip(void)
{
	converts(full, full);
	converts("", "");
	converts("[Device]\n", "[Device]\n");
	converts("# nothing\n\n", "");
}

/* What people write in other ways */
static void test_spelling(void)
{
	converts("\t[peer]  # that one\r\n"
		 "NAME=a=b\r\n"
		 "  remote =\t2001:DB8::0001#x\n"
		 "#Remote = 1.2.3.4\n"
		 "port = 0x10\n"
		 "rxvni=010\n"
		 "tos = 1\n"
		 "ttl = 0\n"
		 "flowlabel = 10\n"
		 "mac = 2:0:0:0:0:A\n"
		 "allowed = 10.9.9.9 , 10.1.2.3/8\n"
		 "allowed =\n"
		 "ALLOWED = ::1, 10.9.9.9/32, 0.0.0.0/0\n"
		 "[DEVICE]\n"
		 "option = 258:128:DEADBEEF\n"
		 "option = 0:0:   force # really\n"
		 "[OPTIONS]\n"
		 "option = 256:0:mark/0xffffffff>>0\n"
		 "option = 256:1:mark/255>>0x4\n"
		 "NAME = default2",
		 "[Device]\n"
		 "Option = 0x0102:0x80:deadbeef\n"
		 "Option = 0x0000:0x00: force\n"
		 "\n"
		 "[Options]\n"
		 "Name = default2\n"
		 "Option = 0x0100:0x00:mark\n"
		 "Option = 0x0100:0x01:mark/0xff>>4\n"
		 "\n"
		 "[Peer]\n"
		 "Name = a=b\n"
		 "Remote = 2001:db8::1\n"
		 "Port = 16\n"
		 "RxVNI = 10\n"
		 "TTL = auto\n"
		 "TOS = inherit\n"
		 "FlowLabel = 0xa\n"
		 "Allowed = 0.0.0.0/0, 10.0.0.0/8, 10.9.9.9/32, ::1/128\n"
		 "MAC = 02:00:00:00:00:0a\n");
}

#define PEER	"[Peer]\nName = a\nRemote = 1.2.3.4\n"	/* three lines */

/* What is wrong, and what is said of it */
static const struct {
	const char *text, *want;
} wrong[] = {
	{ "Name = a\n", "F:1: \"Name\" is in no section" },
	{ "\n\n[Pear]\n", "F:3: \"[Pear]\" is no section" },
	{ "[Peer\n", "F:1: \"[Peer\" is no section" },
	{ "[Device]\n" PEER "[Device]\n", "F:5: [Device] is there twice" },
	{ "[Device]\nName = a\n", "F:2: \"Name\" is no key of a device" },
	{ "[Device]\nOption = 1:2\n", "F:2: Option \"1:2\": expected CLASS" },
	{ "[Device]\nOption = 1:2:\nOption = 0x1:0x2:00000000\n",
	  "F:3: Option \"0x1:0x2:00000000\": this class and type were" },
	{ PEER "word\n", "F:4: expected KEY = VALUE or [SECTION]" },
	{ "[Options]\nOption = 1:2:\n[Device]\n", "F:1: set of options has no Name" },
	{ "[Options]\n", "F:1: set of options has no Name" },
	{ "[Options]\nName = a\nName = b\n", "F:3: Name \"b\": the set has" },
	{ "[Options]\nName = a\n[Options]\nName = a\n", "F:4: Name \"a\": another set" },
	{ "[Options]\nName =\n", "F:2: Name \"\": expected a name" },
	{ "[Options]\nName = a b\n", "F:2: Name \"a b\": a name has no spaces" },
	{ "[Options]\nName = default\n", "F:2: Name \"default\": default is" },
	{ "[Options]\nName = 12345678901234567890123456789012\n", "F:2: Name \"1234" },
	{ "[Options]\nName = a\nOption = 1:2:\nOption = 1:2:mark\n",
	  "F:4: Option \"1:2:mark\": this class and type were" },
	{ "[Options]\nRemote = 1.2.3.4\n", "F:2: \"Remote\" is no key of a set" },
	{ "[Device]\nOption = 1:2: forced\n", "F:2: Option \"1:2: forced\": data" },
	{ "[Device]\nOption = 1:2:marks\n", "F:2: Option \"1:2:marks\": data must" },
	{ "[Device]\nOption = 1:2:mar\n", "F:2: Option \"1:2:mar\": data must" },
	{ "[Device]\nOption = 1:2:mark/\n", "F:2: Option \"1:2:mark/\": mask" },
	{ "[Device]\nOption = 1:2:mark/x\n", "F:2: Option \"1:2:mark/x\": mask" },
	{ "[Device]\nOption = 1:2:mark/0x100000000\n", "F:2: Option \"1:2:mark/0x100000000\": mask" },
	{ "[Device]\nOption = 1:2:mark/0\n", "F:2: Option \"1:2:mark/0\": the mask leaves" },
	{ "[Device]\nOption = 1:2:mark>4\n", "F:2: Option \"1:2:mark>4\": expected >>" },
	{ "[Device]\nOption = 1:2:mark>>\n", "F:2: Option \"1:2:mark>>\": expected >>" },
	{ "[Device]\nOption = 1:2:mark>>32\n", "F:2: Option \"1:2:mark>>32\": expected >>" },
	{ "[Device]\nOption = 1:2:mark/0xf>>4\n", "F:2: Option \"1:2:mark/0xf>>4\": mask and shift leave" },
	{ "[Device]\nOption = 1:2:time>>4\n", "F:2: Option \"1:2:time>>4\": counter and time" },
	{ "[Device]\nOption = 1:2:counter/1\n", "F:2: Option \"1:2:counter/1\": counter and time" },
	{ PEER "Options = a\nOptions = b\n", "F:5: Options is there twice" },
	{ PEER "Options = a b\n", "F:4: Options \"a b\": a name has no spaces" },
	{ PEER "Option = 1:2:\n", "F:4: \"Option\" is no key of a peer" },
	{ PEER "Bogus = 1\n", "F:4: \"Bogus\" is no key of a peer" },
	{ PEER "remote = 1.2.3.4\n", "F:4: remote is there twice" },
	{ PEER "TTL = 1\n\nttl = 2\n", "F:6: ttl is there twice" },
	{ "\n[Peer]\nRemote = 1.2.3.4\n" PEER,
	  "F:2: peer has neither Name nor Id" },
	{ "\n[Peer]\nId = 3\n", "F:2: peer has no Remote" },
	{ "[Peer]\nRemote = node7\n",
	  "F:2: Remote \"node7\": expected an IPv4 or IPv6 address" },
	{ "[Peer]\nRemote = 1.2.3.4/32\n", "F:2: Remote" },
	{ "[Peer]\nRemote =\n", "F:2: Remote \"\": expected an IPv4" },
	{ "[Peer]\nId = -1\n", "F:2: Id \"-1\": expected a number from 0 to" },
	{ "[Peer]\nId = 2147483648\n", "F:2: Id" },
	{ "[Peer]\nId = 0\n", "F:2: Id \"0\": 0 is the link's own remote" },
	{ "[Peer]\nName =\n", "F:2: Name \"\": expected a name" },
	{ "[Peer]\nName = 77\n", "F:2: Name \"77\": a name needs more than" },
	{ "[Peer]\nName = a b\n", "F:2: Name \"a b\": a name has no spaces" },
	{ "[Peer]\nName = 12345678901234567890123456789012\n",
	  "F:2: Name \"12345678901234567890123456789012\": a name has at most" },
	{ PEER "Port = 0\n", "F:4: Port \"0\": expected a number from 1 to 65535" },
	{ PEER "Port = 65536\n", "F:4: Port" },
	{ PEER "Port = 1x\n", "F:4: Port" },
	{ PEER "Port = 99999999999999999999\n", "F:4: Port" },
	{ PEER "Encap = gre\n", "F:4: Encap \"gre\": expected vxlan or geneve" },
	{ PEER "VNI = 16777216\n", "F:4: VNI \"16777216\": expected a number from 0 to 16777215" },
	{ PEER "Local = any\n", "F:4: Local \"any\": expected an IPv4" },
	{ PEER "TTL = 256\n", "F:4: TTL \"256\": expected a number from 1 to 255, auto or inherit" },
	{ PEER "TOS = 0x100\n", "F:4: TOS \"0x100\": expected a hexadecimal" },
	{ PEER "TOS = 0x\n", "F:4: TOS" },
	{ PEER "DF = on\n", "F:4: DF \"on\": expected unset, set or inherit" },
	{ PEER "FlowLabel = 0x100000\n", "F:4: FlowLabel" },
	{ PEER "UDPCsum = 1\n", "F:4: UDPCsum \"1\": expected on or off" },
	{ "[Device]\nEcho = limit 5\n", "F:2: Echo has no class" },
	{ "[Device]\nEcho = class 1\nEcho = class 2\n", "F:3: Echo is there twice" },
	{ "[Device]\nEcho = class 1,\n", "F:2: Echo \"1,\": expected classes" },
	{ "[Options]\nEcho = class 1\n", "F:2: \"Echo\" is no key of a set" },
	{ "[Vni]\nOptions = a b\n", "F:2: Options \"a b\":" },
	{ "[Vni]\nOptions = a\nOptions = a\n", "F:3: Options is there twice" },
	{ "\n[Vni]\nRemote = ::1\n", "F:2: section has no VNI" },
	{ "[Vni]\n[Device]\n", "F:1: section has no VNI" },
	{ "[Vni]\nName = a\n", "F:2: \"Name\" is no key of VNIs" },
	{ PEER "NoOptions = on\n", "F:4: NoOptions \"on\": expected ignore or drop" },
	{ PEER "MTU = 67\n", "F:4: MTU \"67\": expected a number from 68 to 65535" },
	{ PEER "Allowed = 10.0.0.0/33\n",
	  "F:4: Allowed \"10.0.0.0/33\": length of the prefix must be 0 to 32" },
	{ PEER "Allowed = ::/129\n", "F:4: Allowed \"::/129\": length of the prefix must be 0 to 128" },
	{ PEER "Allowed = 10.0.0.0/\n", "F:4: Allowed" },
	{ PEER "Allowed = /8\n", "F:4: Allowed \"/8\": expected an IPv4 or IPv6 prefix" },
	{ PEER "Allowed = 10.0.0.0/8,, ::/0\n", "F:4: Allowed \"\": expected" },
	{ PEER "Allowed = 10.0.0.0/8,\n", "F:4: nothing behind the last comma" },
	{ PEER "MAC = 02:00:00:00:00\n", "F:4: MAC \"02:00:00:00:00\": expected a MAC" },
	{ PEER "MAC = 002:0:0:0:0:1\n", "F:4: MAC" },
	{ PEER "MAC = 2:0:0:0:0:1:\n", "F:4: MAC" },
	{ PEER "[Peer]\nId = 1\nRemote = ::1\n" PEER,
	  "F:7: the peer in line 1 has this Name too" },
	{ PEER "Id = 5\n[Peer]\nId = 5\nRemote = ::1\n",
	  "F:5: the peer in line 1 has this Id too" },
	{ PEER "Allowed = 10.0.0.0/8\n[Peer]\nId = 5\nRemote = ::1\n"
	  "Allowed = ::1\nAllowed = ::2, 10.1.1.1/8\n",
	  "F:9: Allowed \"10.0.0.0/8\": another peer has it in line 4" },
	{ "[Rule]\nAction = drop\n", "F:1: rule has no Pref" },
	{ "[Rule]\nPref = 1\n", "F:1: rule has no Action" },
	{ "[Rule]\nPref = 0\nAction = drop\n", "F:2: Pref \"0\": expected a number from 1" },
	{ "[Rule]\nPref = 1\npref = 2\n", "F:3: pref is there twice" },
	{ "[Rule]\nPref = 1\nAction = drop\nAction = drop\n", "F:4: Action is there twice" },
	{ "[Rule]\nOption = 1:2\n", "F:2: \"Option\" is no key of a rule" },
	{ "[Rule]\nMatch = accept\n", "F:2: Match \"accept\": no word of a rule" },
	{ "[Rule]\nAction = vni 5\n", "F:2: Action \"vni\": no word of a rule" },
	{ "[Rule]\nAction = accept drop\n", "F:2: Action \"drop\": a rule has one end" },
	{ "[Rule]\nAction = mark\n", "F:2: Action \"mark\": something has to follow" },
	{ "[Rule]\nAction = mark 1 mark 2\n", "F:2: Action \"mark\": it is given twice" },
	{ "[Rule]\nAction = mark 0x100000000\n", "F:2: Action \"0x100000000\": expected a number" },
	{ "[Rule]\nAction = mark 1:2/0\n", "F:2: Action \"1:2/0\": mask and shift leave" },
	{ "[Rule]\nAction = mark 1:2/0xf>>4\n", "F:2: Action \"1:2/0xf>>4\": mask and shift leave" },
	{ "[Rule]\nAction = mark 1:2>>64\n", "F:2: Action \"1:2>>64\": expected >>" },
	{ "[Rule]\nAction = mark 1:2/x\n", "F:2: Action \"1:2/x\": mask must be" },
	{ "[Rule]\nAction = require 1\n", "F:2: Action \"1\": expected CLASS:TYPE" },
	{ "[Rule]\nAction = require 1:2:mark\n", "F:2: Action \"1:2:mark\": expected the bytes" },
	{ "[Rule]\nAction = require 1:2:0001\n", "F:2: Action \"1:2:0001\": data must be" },
	{ "[Rule]\nAction = require 1:2:00010002/ff\n", "F:2: Action \"1:2:00010002/ff\": mask must be" },
	{ "[Rule]\nMatch = option 1:2 range\n", "F:2: Match \"1:2\": expected a number, or a range" },
	{ "[Rule]\nMatch = option 1:2 range 2-1\n", "F:2: Match \"2-1\": a range goes" },
	{ "[Rule]\nMatch = option 1:2 times x\n", "F:2: Match \"x\": expected a number" },
	{ "[Rule]\nMatch = encap gre\n", "F:2: Match \"gre\": expected vxlan or geneve" },
	{ "[Rule]\nMatch = peer a b\n", "F:2: Match \"b\": no word of a rule" },
	{ "[Rule]\nMatch = vni 16777216\n", "F:2: Match \"16777216\": expected a number" },
	{ "[Rule]\nMatch = option 1:1 option 1:1 option 1:1 option 1:1 option 1:1"
	  " option 1:1 option 1:1 option 1:1 option 1:1\n",
	  "F:2: Match \"1:1\": a rule looks at no more than 8" },
	{ "[Rule]\nPref = 1\nAction = drop\n\n[Rule]\nPref = 0x1\nAction = accept\n",
	  "F:5: the rule in line 1 has this Pref too" },
};

static void test_errors(void)
{
	struct conf conf;
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		CHECK(!read_text(wrong[i].text, &conf), "taken: %s",
		      wrong[i].text);
		CHECK(!strncmp(error, wrong[i].want, strlen(wrong[i].want)),
		      "%s -> %s, not %s", wrong[i].text, error, wrong[i].want);
		CHECK(!conf.n && !conf.peer, "something is left");
		conf_free(&conf);
	}
	CHECK(!read_bytes(PEER "TTL\0= 1\n", sizeof(PEER "TTL\0= 1\n") - 1,
			  &conf), "a zero byte");
	CHECK(!strcmp(error, "F:4: no text: a byte is 0"), "%s", error);
}

/* The same peers, in another order within their lists */
static void test_equal(void)
{
	struct conf a, b;

	CHECK(read_text(PEER "Allowed = ::1, 10.0.0.1/8\nAllowed = 1.1.1.1\n",
			&a), "%s", error);
	CHECK(read_text(PEER "Id = 3\nAllowed = 1.1.1.1, 10.0.0.0/8, ::1/128\n",
			&b), "%s", error);
	CHECK(peer_equal(a.peer, b.peer), "prefixes have no order");
	conf_free(&b);
	CHECK(read_text(PEER "Allowed = ::1, 10.0.0.1/8\n", &b), "%s", error);
	CHECK(!peer_equal(a.peer, b.peer), "one prefix less");
	conf_free(&a);
	CHECK(read_text(PEER "Allowed = ::1, 10.0.0.1/8\nTTL = auto\n", &a),
	      "%s", error);
	CHECK(!peer_equal(a.peer, b.peer), "a setting of its own");
	conf_free(&a);
	conf_free(&b);
}

/* What is taken of files with mistakes is written as what is read again. */
static void test_mutations(void)
{
	static const char bytes[] = "\n\0 #[]=,:/.0x9aZ\xff";
	char text[sizeof(full)], *first, *second;
	unsigned int i, n, taken = 0;
	struct conf conf;
	size_t at, len;

	for (i = 0; i < 20000; i++) {
		memcpy(text, full, sizeof(full));
		len = tap_random(8) ? sizeof(full) - 1 :
				      tap_random(sizeof(full));
		for (n = tap_random(4); n; n--) {
			at = tap_random(sizeof(full) - 1);
			text[at] = bytes[tap_random(sizeof(bytes) - 1)];
		}
		if (!read_bytes(text, len, &conf)) {
			CHECK(!strncmp(error, "F:", 2), "%s", error);
			continue;
		}
		taken++;
		first = written(&conf);
		conf_free(&conf);
		CHECK(read_text(first, &conf), "%s\n%s", error, first);
		second = written(&conf);
		CHECK(!strcmp(first, second), "\n%s\n%s", first, second);
		conf_free(&conf);
		free(first);
		free(second);
	}
	CHECK(taken > 1000, "only %u were taken", taken);
}

/* A file for many nodes is read in a moment. */
static void test_many(void)
{
	struct conf conf;
	char *text;
	size_t len;
	FILE *file = open_memstream(&text, &len);
	unsigned int i;

	for (i = 0; i < 100000; i++)
		fprintf(file, "[Peer]\nName = node%u\nRemote = 10.%u.%u.%u\n"
			"Allowed = 172.%u.%u.%u/32, fd00::%x:%x/128\n", i,
			i >> 16, i >> 8 & 255, i & 255, i >> 16, i >> 8 & 255,
			i & 255, i >> 16, i & 0xffff);
	fclose(file);
	CHECK(read_text(text, &conf), "%s", error);
	CHECK(conf.n == 100000, "%zu peers", conf.n);
	CHECK(conf.peer[99999].allowed.n == 2, "prefixes");
	conf_free(&conf);
	free(text);
}

int main(void)
{
	tap_test("what is written is what was read", test_round_trip);
	tap_test("spelling, order, blanks and comments", test_spelling);
	tap_test("each mistake with its line", test_errors);
	tap_test("peers that are equal", test_equal);
	tap_test("20000 files with random mistakes", test_mutations);
	tap_test("100000 peers", test_many);
	return tap_end();
}
