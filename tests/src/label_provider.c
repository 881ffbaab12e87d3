/*
 * A provider of security labels that takes every label. It is compiled without PostgreSQL's headers, which few machines have:
 * what a module has to say of itself, and the one function that it calls, are declared here.
 */
struct abi {
    int version, function_arguments, index_keys, name_length, float8_by_value;
    char vendor[32];
};

struct magic {
    int length;
    struct abi abi;
#if MAJOR >= 18
    const char *name, *library_version;
#endif
};

const struct magic *Pg_magic_func(void);
void _PG_init(void);
void register_label_provider(const char *name, void (*check)(const void *object, const char *label));

const struct magic *Pg_magic_func(void)
{
    static const struct magic magic = { sizeof(struct magic), { MAJOR * 100, 100, 32, 64, 1, "PostgreSQL" } };
    return &magic;
}

static void take(const void *object, const char *label)
{
    (void) object;
    (void) label;
}

void _PG_init(void)
{
    register_label_provider("first", take);
    register_label_provider("Second one", take);
}
