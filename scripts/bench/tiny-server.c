/*
 * An MCP server on stdio without a C library, for benchmarks that run hundreds of containers: 4 KB in memory beyond its
 * pages. It answers initialize, tools/list, tools/call and ping, each on one line, and refuses every other request.
 *
 *   gcc -Os -static -nostdlib -ffreestanding -fno-pie -no-pie -fno-stack-protector -fno-asynchronous-unwind-tables \
 *     -Wl,--build-id=none -Wl,-z,noseparate-code -Wl,-n -s -o tiny-server tiny-server.c
 *
 * x86-64 Linux alone; `tiny-image.mjs` holds what the line above makes of it.
 */
typedef unsigned long size;

static long call3(long n, long a, long b, long c) {
  long r;
  __asm__ volatile("syscall" : "=a"(r) : "a"(n), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
  return r;
}

static char in[1 << 16], out[1 << 12];
static size filled, written;

static void put(const char *text) {
  while (*text) out[written++] = *text++;
}

static const char *find(const char *from, const char *end, const char *what) {
  for (; from < end; from++) {
    const char *a = from, *b = what;
    while (*b && a < end && *a == *b) a++, b++;
    if (!*b) return a;
  }
  return 0;
}

static void answer(const char *line, const char *end) {
  const char *id = find(line, end, "\"id\":"), *method = find(line, end, "\"method\":\"");
  if (!id || !method) return;
  const char *stop = id;
  if (*stop == '"')
    for (stop++; stop < end && *stop != '"'; stop++);
  while (stop < end && *stop != ',' && *stop != '}') stop++;
  if (stop - id > 200) return;
  written = 0;
  put("{\"jsonrpc\":\"2.0\",\"id\":");
  while (id < stop) out[written++] = *id++;
  if (find(method, method + 11, "initialize\""))
    put(",\"result\":{\"protocolVersion\":\"2025-06-18\",\"capabilities\":{\"tools\":{}},"
        "\"serverInfo\":{\"name\":\"tiny\",\"version\":\"1.0.0\"}}}\n");
  else if (find(method, method + 11, "tools/list\""))
    put(",\"result\":{\"tools\":[{\"name\":\"echo\",\"description\":\"Answers ok.\","
        "\"inputSchema\":{\"type\":\"object\",\"properties\":{\"path\":{\"type\":\"string\"},\"text\":{\"type\":\"string\"}}}}]}}\n");
  else if (find(method, method + 11, "tools/call\""))
    put(",\"result\":{\"content\":[{\"type\":\"text\",\"text\":\"ok\"}]}}\n");
  else if (find(method, method + 5, "ping\""))
    put(",\"result\":{}}\n");
  else
    put(",\"error\":{\"code\":-32601,\"message\":\"Method not found\"}}\n");
  call3(1, 1, (long)out, (long)written);
}

void _start(void) {
  for (;;) {
    long got = call3(0, 0, (long)(in + filled), (long)(sizeof in - filled));
    if (got <= 0) call3(60, 0, 0, 0);
    filled += (size)got;
    char *line = in, *end = in + filled;
    for (char *at = in; at < end; at++) {
      if (*at != '\n') continue;
      answer(line, at);
      line = at + 1;
    }
    filled = (size)(end - line);
    for (size i = 0; i < filled; i++) in[i] = line[i];
    if (filled == sizeof in) filled = 0;
  }
}
