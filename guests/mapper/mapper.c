/*
 * Makes the device-mapper devices that the kernel's parameter dm-mod.create= names, as a kernel with CONFIG_DM_INIT does it
 * itself (Documentation/admin-guide/device-mapper/dm-init.rst); Debian's has none:
 *
 *   mapper FILE...    the parameter is in the first of the files that has it; prints a line /dev/dm-N for each device
 *
 * Its form: NAME,UUID,MINOR,FLAGS,TABLE[,TABLE...][;NAME,...], in quotes, with tables as dmsetup has them. All devices must
 * be "ro": what is checked block by block is not written.
 */
#include "linux.h"

const char program[] = "mapper";

#define CONTROL "/dev/mapper/control"
#define PARAMETER "dm-mod.create="
#define LONGEST 4096 /* of a command line, or a file with the parameter */

/* <linux/dm-ioctl.h> */
struct dm_ioctl {
    uint32_t version[3], data_size, data_start, target_count;
    int32_t open_count;
    uint32_t flags, event_nr, padding;
    uint64_t dev;
    char name[128], uuid[129], data[7];
};
struct dm_target_spec {
    uint64_t sector_start, length;
    int32_t status;
    uint32_t next;
    char target_type[16];
};
#define DM_DEV_CREATE 3
#define DM_DEV_REMOVE 4
#define DM_DEV_SUSPEND 6 /* or resume, without the flag for it */
#define DM_TABLE_LOAD 9
#define DM_READONLY_FLAG 1u
#define DM_REQUEST(number) (0xc0000000l | (long)sizeof(struct dm_ioctl) << 16 | 0xfd << 8 | (number))

static union {
    struct dm_ioctl head;
    char bytes[LONGEST + 2 * sizeof(struct dm_ioctl)];
} request __attribute__((aligned(8)));

static char text[LONGEST];
static int control;

/* The parameter's value, with a zero at its end; null if the file has none. */
static char *find_parameter(const char *file)
{
    long got = read_file(file, text, sizeof text - 1);
    text[got > 0 ? got : 0] = 0;
    int quoted = 0;
    for (char *at = text; *at; at++) {
        int begins = at == text || (quoted ? at[-1] == '"' : at[-1] == ' ' || at[-1] == '\n');
        if (begins && !strncmp(at, PARAMETER, strlen(PARAMETER))) {
            char *value = at + strlen(PARAMETER);
            char closing = quoted ? '"' : *value == '"' ? *value++ : ' ';
            char *end = value;
            while (*end && *end != closing && *end != '\n')
                end++;
            *end = 0;
            return value;
        }
        quoted ^= *at == '"';
    }
    return NULL;
}

/* Cuts the text at the next such character; where it goes on, or null if that was the last part. */
static char *cut(char *from, char at)
{
    while (*from && *from != at)
        from++;
    if (!*from)
        return NULL;
    *from = 0;
    return from + 1;
}

static void copy(char *to, const char *from, size_t room, const char *what)
{
    if (strlen(from) >= room)
        fail("%s '%s' is too long", what, from);
    memcpy(to, from, strlen(from) + 1);
}

static uint64_t number(char **from, const char *what)
{
    uint64_t value = 0;
    char *at = *from;
    while (*at == ' ')
        at++;
    char *first = at;
    for (; *at >= '0' && *at <= '9'; at++)
        value = value * 10 + (uint64_t)(*at - '0');
    if (at == first || *at != ' ')
        fail("%s is no number of sectors: '%s'", what, first);
    *from = at;
    return value;
}

static void begin(const char *name, const char *uuid)
{
    memset(&request, 0, sizeof request);
    request.head.version[0] = 4;
    request.head.data_size = sizeof request;
    request.head.data_start = sizeof request.head;
    request.head.flags = DM_READONLY_FLAG;
    copy(request.head.name, name, sizeof request.head.name, "the name");
    copy(request.head.uuid, uuid, sizeof request.head.uuid, "the UUID");
}

static long perform(int what)
{
    return system_call(SYS_IOCTL, control, DM_REQUEST(what), &request);
}

/* Puts "START LENGTH TYPE PARAMETERS" behind what is there; where the next one goes. */
static size_t add_table(size_t at, char *table)
{
    struct dm_target_spec *spec = (struct dm_target_spec *)(request.bytes + at);
    size_t room = sizeof request - at;
    if (room < sizeof *spec + strlen(table) + 8)
        fail("the tables are too long");
    spec->sector_start = number(&table, "the start of a table");
    spec->length = number(&table, "the length of a table");
    while (*table == ' ')
        table++;
    char *parameters = cut(table, ' ');
    copy(spec->target_type, table, sizeof spec->target_type, "the target");
    copy((char *)(spec + 1), parameters ? parameters : "", room - sizeof *spec, "the table");
    size_t length = (sizeof *spec + strlen((char *)(spec + 1)) + 1 + 7) & ~7ul;
    spec->next = (uint32_t)length;
    request.head.target_count++;
    return at + length;
}

static void load(const char *name, char *tables)
{
    begin(name, "");
    size_t at = sizeof request.head;
    for (char *table = tables; table;) {
        char *next = cut(table, ',');
        at = add_table(at, table);
        table = next;
    }
    long error = perform(DM_TABLE_LOAD);
    if (error) {
        begin(name, "");
        perform(DM_DEV_REMOVE);
        fail("%s cannot be made by the table of " PARAMETER ": error %d", name, (int)-error);
    }
}

static void make(char *name)
{
    char *uuid = cut(name, ','), *minor = uuid ? cut(uuid, ',') : NULL;
    char *flags = minor ? cut(minor, ',') : NULL, *tables = flags ? cut(flags, ',') : NULL;
    if (!tables)
        fail("'%s' is too short, expected NAME,UUID,MINOR,FLAGS,TABLE", name);
    if (*minor || strcmp(flags, "ro"))
        fail("%s is to have minor '%s' and flags '%s', expected none and ro", name, minor, flags);
    begin(name, uuid);
    long error = perform(DM_DEV_CREATE);
    if (error)
        fail("%s cannot be made: error %d", name, (int)-error);
    uint64_t dev = request.head.dev;
    load(name, tables);
    begin(name, "");
    error = perform(DM_DEV_SUSPEND);
    if (error)
        fail("%s cannot be begun: error %d", name, (int)-error);
    print("/dev/dm-%u\n", (unsigned)((dev & 0xff) | (dev >> 12 & 0xfff00)));
}

int run(int argc, char **argv)
{
    char *devices = NULL;
    for (int n = 1; n < argc && !devices; n++)
        devices = find_parameter(argv[n]);
    if (!devices)
        fail("there is no " PARAMETER " on the kernel's command line");
    control = open_file(CONTROL, O_RDWR);
    if (control < 0)
        fail("%s cannot be opened; insert dm_mod", CONTROL);
    for (char *device = devices; device;) {
        char *next = cut(device, ';');
        while (*device == ' ')
            device++;
        make(device);
        device = next;
    }
    return 0;
}
