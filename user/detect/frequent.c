/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How often words stand in a MiB of what LLM calls carry when nobody attacks:
 * prompts, answers, code, results of tools. Counted over 7.8 MiB of harmless
 * texts of 17 sources; words that stand there less than 30 times in a MiB, or
 * in few of the sources, are left out. Sorted.
 */
#include "detect/frequent.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

/* What is not in the table, by its length: short ones are likelier to be part of something. */
static const unsigned int by_length[] = { 5000, 2000, 500, 120, 40, 20, 12 };
#define LONGER 8

static const struct {
	const char *word;
	unsigned int per_mib;
} table[] = {
	{ "about", 82 }, { "access", 103 }, { "account", 70 }, { "across", 45 }, { "act", 36 }, { "action", 70 },
	{ "actions", 36 }, { "add", 161 }, { "address", 63 }, { "after", 104 }, { "against", 32 }, { "agent", 245 },
	{ "agents", 45 }, { "ai", 263 }, { "all", 246 }, { "already", 34 }, { "also", 78 }, { "always", 74 },
	{ "amount", 45 }, { "an", 310 }, { "analysis", 78 }, { "analyze", 36 }, { "analyzing", 38 }, { "and", 2172 },
	{ "answer", 77 }, { "any", 219 }, { "api", 193 }, { "app", 109 }, { "append", 34 }, { "application", 68 },
	{ "apply", 40 }, { "approach", 33 }, { "appropriate", 31 }, { "architecture", 51 }, { "are", 367 },
	{ "args", 44 }, { "arguments", 40 }, { "array", 78 }, { "as", 474 }, { "ask", 48 }, { "assert", 75 },
	{ "assistant", 59 }, { "async", 92 }, { "at", 188 }, { "audio", 33 }, { "auto", 52 }, { "available", 95 },
	{ "avoid", 58 }, { "await", 79 }, { "aws", 67 }, { "azure", 87 }, { "back", 33 }, { "base", 77 },
	{ "based", 109 }, { "bash", 97 }, { "basic", 81 }, { "be", 333 }, { "been", 34 }, { "before", 141 },
	{ "behavior", 40 }, { "best", 83 }, { "between", 57 }, { "bit", 64 }, { "block", 71 }, { "blocking", 33 },
	{ "body", 68 }, { "both", 50 }, { "build", 111 }, { "business", 76 }, { "but", 93 }, { "by", 300 },
	{ "cache", 39 }, { "calculate", 33 }, { "call", 110 }, { "calls", 45 }, { "can", 328 }, { "cannot", 32 },
	{ "capabilities", 37 }, { "card", 58 }, { "case", 86 }, { "cases", 58 }, { "cb", 38 }, { "change", 60 },
	{ "changes", 79 }, { "char", 101 }, { "chat", 40 }, { "check", 157 }, { "city", 57 }, { "class", 164 },
	{ "clear", 57 }, { "cli", 43 }, { "client", 199 }, { "cloud", 32 }, { "code", 366 }, { "color", 49 },
	{ "com", 150 }, { "command", 102 }, { "commands", 42 }, { "common", 50 }, { "complete", 52 }, { "completed", 37 },
	{ "complex", 38 }, { "compliance", 35 }, { "components", 56 }, { "conditions", 31 }, { "config", 150 },
	{ "configuration", 83 }, { "connection", 38 }, { "consider", 32 }, { "console", 40 }, { "const", 102 },
	{ "container", 34 }, { "content", 212 }, { "context", 175 }, { "control", 44 }, { "copy", 38 }, { "core", 55 },
	{ "correct", 40 }, { "cost", 32 }, { "could", 43 }, { "count", 85 }, { "create", 264 }, { "created", 33 },
	{ "creating", 42 }, { "critical", 40 }, { "cross", 40 }, { "csv", 33 }, { "current", 126 }, { "custom", 68 },
	{ "data", 479 }, { "database", 54 }, { "dataset", 57 }, { "date", 112 }, { "de", 76 }, { "def", 175 },
	{ "default", 143 }, { "define", 66 }, { "delete", 33 }, { "delta", 58 }, { "dependencies", 59 },
	{ "dependency", 40 }, { "describe", 35 }, { "description", 185 }, { "design", 78 }, { "destination", 57 },
	{ "detailed", 32 }, { "details", 68 }, { "detection", 34 }, { "dev", 53 }, { "development", 54 }, { "dict", 35 },
	{ "different", 59 }, { "directly", 37 }, { "directory", 86 }, { "div", 41 }, { "do", 166 }, { "docs", 77 },
	{ "document", 80 }, { "documentation", 65 }, { "does", 65 }, { "domain", 40 }, { "don't", 76 }, { "done", 32 },
	{ "each", 156 }, { "edge", 46 }, { "edit", 41 }, { "element", 32 }, { "elements", 33 }, { "else", 68 },
	{ "email", 46 }, { "en", 34 }, { "enable", 34 }, { "encoder", 44 }, { "end", 104 }, { "ensure", 67 },
	{ "entry", 41 }, { "env", 32 }, { "environment", 66 }, { "error", 235 }, { "errors", 56 }, { "est", 39 },
	{ "etc", 45 }, { "event", 156 }, { "events", 52 }, { "every", 77 }, { "exact", 53 }, { "example", 170 },
	{ "examples", 61 }, { "execute", 33 }, { "execution", 42 }, { "existing", 56 }, { "exit", 42 },
	{ "expected", 57 }, { "expert", 37 }, { "explain", 60 }, { "explicit", 32 }, { "external", 40 }, { "failed", 33 },
	{ "failure", 30 }, { "false", 103 }, { "feature", 51 }, { "features", 55 }, { "fetch", 38 }, { "field", 126 },
	{ "fields", 56 }, { "file", 458 }, { "files", 154 }, { "fill", 37 }, { "filter", 65 }, { "final", 40 },
	{ "find", 69 }, { "first", 158 }, { "fix", 56 }, { "flight", 75 }, { "flow", 57 }, { "focus", 46 },
	{ "folder", 36 }, { "follow", 55 }, { "following", 66 }, { "for", 1365 }, { "form", 40 }, { "format", 98 },
	{ "found", 44 }, { "framework", 48 }, { "free", 41 }, { "from", 607 }, { "full", 67 }, { "function", 246 },
	{ "functions", 40 }, { "game", 45 }, { "gateway", 35 }, { "generate", 108 }, { "generated", 34 }, { "get", 252 },
	{ "git", 39 }, { "github", 124 }, { "given", 52 }, { "go", 46 }, { "good", 32 }, { "google", 48 }, { "gpt", 47 },
	{ "graph", 37 }, { "group", 49 }, { "guidance", 35 }, { "guide", 30 }, { "handle", 45 }, { "handling", 57 },
	{ "has", 93 }, { "have", 143 }, { "head", 36 }, { "help", 66 }, { "here", 54 }, { "here's", 36 }, { "high", 72 },
	{ "history", 44 }, { "host", 33 }, { "how", 149 }, { "html", 81 }, { "http", 122 }, { "https", 184 },
	{ "human", 33 }, { "id", 334 }, { "identify", 44 }, { "identity", 32 }, { "ids", 31 }, { "if", 673 },
	{ "image", 94 }, { "images", 32 }, { "implement", 66 }, { "implementation", 60 }, { "implements", 35 },
	{ "import", 312 }, { "in", 1237 }, { "include", 217 }, { "including", 36 }, { "index", 69 }, { "info", 39 },
	{ "information", 91 }, { "init", 57 }, { "input", 228 }, { "inputs", 41 }, { "install", 75 }, { "instance", 44 },
	{ "instead", 49 }, { "instructions", 68 }, { "int", 216 }, { "integration", 48 }, { "into", 100 }, { "io", 35 },
	{ "ip", 81 }, { "is", 934 }, { "issue", 60 }, { "issues", 59 }, { "it", 382 }, { "it's", 34 }, { "item", 46 },
	{ "items", 36 }, { "its", 104 }, { "java", 79 }, { "javascript", 52 }, { "js", 57 }, { "json", 177 },
	{ "just", 52 }, { "keep", 56 }, { "key", 226 }, { "la", 71 }, { "label", 38 }, { "labels", 31 },
	{ "language", 87 }, { "last", 63 }, { "latest", 45 }, { "layer", 34 }, { "learn", 31 }, { "left", 38 },
	{ "len", 68 }, { "length", 53 }, { "let", 55 }, { "level", 97 }, { "library", 51 }, { "license", 90 },
	{ "like", 105 }, { "line", 110 }, { "lines", 42 }, { "list", 228 }, { "llm", 51 }, { "load", 43 },
	{ "local", 71 }, { "location", 49 }, { "log", 150 }, { "logic", 37 }, { "logs", 30 }, { "long", 38 },
	{ "look", 34 }, { "loop", 52 }, { "main", 117 }, { "make", 88 }, { "management", 53 }, { "map", 72 },
	{ "match", 51 }, { "max", 61 }, { "may", 86 }, { "md", 197 }, { "me", 70 }, { "media", 41 }, { "medium", 32 },
	{ "memory", 58 }, { "message", 97 }, { "messages", 56 }, { "meta", 31 }, { "metadata", 50 }, { "method", 75 },
	{ "methods", 38 }, { "metrics", 40 }, { "missing", 46 }, { "mode", 86 }, { "model", 311 }, { "models", 73 },
	{ "module", 54 }, { "modules", 46 }, { "more", 79 }, { "most", 47 }, { "msg", 34 }, { "multi", 40 },
	{ "multiple", 63 }, { "must", 157 }, { "my", 94 }, { "name", 590 }, { "names", 47 }, { "native", 52 },
	{ "need", 119 }, { "needed", 45 }, { "needs", 36 }, { "net", 49 }, { "network", 50 }, { "never", 57 },
	{ "new", 258 }, { "next", 63 }, { "no", 221 }, { "node", 75 }, { "non", 51 }, { "none", 170 }, { "not", 454 },
	{ "note", 54 }, { "notes", 37 }, { "now", 62 }, { "null", 143 }, { "num", 30 }, { "number", 193 },
	{ "object", 126 }, { "objects", 35 }, { "of", 1101 }, { "on", 546 }, { "once", 32 }, { "one", 152 },
	{ "only", 266 }, { "open", 78 }, { "openai", 69 }, { "operations", 40 }, { "optional", 51 }, { "options", 41 },
	{ "or", 782 }, { "order", 58 }, { "org", 78 }, { "origin", 54 }, { "os", 33 }, { "other", 102 }, { "our", 31 },
	{ "out", 93 }, { "output", 258 }, { "over", 88 }, { "package", 64 }, { "page", 65 }, { "parameter", 32 },
	{ "parameters", 55 }, { "parent", 30 }, { "part", 35 }, { "pass", 49 }, { "password", 36 }, { "path", 167 },
	{ "paths", 33 }, { "pattern", 82 }, { "patterns", 114 }, { "payment", 46 }, { "per", 86 }, { "performance", 78 },
	{ "permissions", 30 }, { "php", 33 }, { "plan", 75 }, { "platform", 50 }, { "please", 76 }, { "plugin", 43 },
	{ "point", 36 }, { "points", 49 }, { "post", 39 }, { "power", 47 }, { "practices", 58 }, { "prefer", 69 },
	{ "price", 36 }, { "print", 83 }, { "private", 44 }, { "process", 85 }, { "product", 39 }, { "profile", 81 },
	{ "program", 61 }, { "project", 130 }, { "prompt", 119 }, { "prompts", 48 }, { "proper", 37 },
	{ "properties", 30 }, { "provide", 96 }, { "provided", 35 }, { "provider", 128 }, { "public", 76 }, { "py", 88 },
	{ "python", 236 }, { "quality", 74 }, { "queries", 32 }, { "query", 108 }, { "question", 36 },
	{ "questions", 36 }, { "raise", 35 }, { "random", 34 }, { "range", 30 }, { "rate", 48 }, { "re", 42 },
	{ "react", 109 }, { "read", 114 }, { "real", 49 }, { "reasoning", 44 }, { "record", 63 }, { "records", 43 },
	{ "reference", 68 }, { "references", 61 }, { "relevant", 35 }, { "remove", 30 }, { "replace", 30 },
	{ "repo", 45 }, { "report", 59 }, { "repository", 46 }, { "request", 119 }, { "requests", 38 },
	{ "required", 161 }, { "requirements", 66 }, { "requires", 32 }, { "resource", 68 }, { "resources", 50 },
	{ "response", 136 }, { "result", 198 }, { "results", 63 }, { "return", 361 }, { "returns", 60 }, { "review", 69 },
	{ "right", 43 }, { "risk", 32 }, { "role", 45 }, { "root", 40 }, { "rules", 75 }, { "run", 226 },
	{ "running", 45 }, { "runs", 34 }, { "safe", 34 }, { "same", 61 }, { "scheduled", 34 }, { "schema", 61 },
	{ "scope", 43 }, { "score", 47 }, { "script", 153 }, { "sdk", 74 }, { "se", 58 }, { "search", 153 },
	{ "section", 32 }, { "security", 103 }, { "see", 77 }, { "select", 40 }, { "self", 224 }, { "server", 171 },
	{ "service", 79 }, { "services", 43 }, { "session", 103 }, { "set", 155 }, { "settings", 44 }, { "setup", 39 },
	{ "shared", 35 }, { "shell", 44 }, { "should", 250 }, { "show", 43 }, { "simple", 43 }, { "single", 78 },
	{ "size", 130 }, { "skill", 58 }, { "skills", 36 }, { "small", 57 }, { "so", 82 }, { "software", 38 },
	{ "some", 42 }, { "source", 94 }, { "space", 42 }, { "specific", 164 }, { "sql", 36 }, { "src", 40 },
	{ "standard", 52 }, { "start", 121 }, { "state", 143 }, { "static", 68 }, { "status", 96 }, { "std", 30 },
	{ "step", 129 }, { "steps", 65 }, { "stop", 60 }, { "store", 41 }, { "str", 136 }, { "strategy", 38 },
	{ "string", 248 }, { "structure", 70 }, { "structured", 31 }, { "style", 67 }, { "success", 41 }, { "such", 77 },
	{ "summary", 52 }, { "support", 52 }, { "sure", 40 }, { "system", 176 }, { "table", 75 }, { "tag", 43 },
	{ "target", 76 }, { "task", 111 }, { "tasks", 47 }, { "team", 41 }, { "technical", 36 }, { "template", 46 },
	{ "test", 335 }, { "testing", 61 }, { "tests", 88 }, { "text", 267 }, { "th", 48 }, { "than", 57 },
	{ "that", 557 }, { "the", 4185 }, { "their", 91 }, { "them", 75 }, { "then", 142 }, { "there", 47 },
	{ "these", 85 }, { "they", 84 }, { "thinking", 32 }, { "this", 539 }, { "through", 61 }, { "time", 194 },
	{ "timestamp", 31 }, { "title", 75 }, { "to", 1965 }, { "token", 44 }, { "tokens", 43 }, { "tool", 313 },
	{ "tools", 205 }, { "top", 55 }, { "total", 85 }, { "traffic", 38 }, { "true", 170 }, { "try", 57 },
	{ "two", 56 }, { "type", 351 }, { "types", 78 }, { "un", 42 }, { "under", 55 }, { "understand", 30 },
	{ "unique", 31 }, { "unit", 31 }, { "unless", 33 }, { "up", 106 }, { "update", 88 }, { "updates", 33 },
	{ "url", 115 }, { "us", 32 }, { "usage", 62 }, { "use", 658 }, { "used", 75 }, { "user", 359 }, { "users", 70 },
	{ "uses", 46 }, { "using", 224 }, { "val", 31 }, { "validate", 38 }, { "validation", 68 }, { "value", 221 },
	{ "values", 78 }, { "var", 68 }, { "variable", 36 }, { "variables", 52 }, { "verify", 55 }, { "version", 132 },
	{ "via", 57 }, { "void", 58 }, { "vs", 39 }, { "wait", 30 }, { "want", 62 }, { "was", 62 }, { "way", 34 },
	{ "we", 88 }, { "weather", 50 }, { "web", 69 }, { "well", 30 }, { "what", 231 }, { "when", 340 }, { "where", 95 },
	{ "whether", 34 }, { "which", 93 }, { "while", 47 }, { "who", 33 }, { "why", 35 }, { "width", 44 },
	{ "will", 158 }, { "with", 865 }, { "within", 32 }, { "without", 93 }, { "work", 73 }, { "working", 31 },
	{ "world", 44 }, { "would", 69 }, { "write", 137 }, { "writing", 38 }, { "www", 44 }, { "yaml", 31 },
	{ "yes", 44 }, { "you", 754 }, { "your", 388 },
};

static unsigned int by_default(struct slice word)
{
	return word.len < ARRAY_SIZE(by_length) ? by_length[word.len] : LONGER;
}

/* The first row that is not less than `word`: those that begin with it follow. */
static size_t first_row(struct slice word)
{
	size_t low = 0, high = ARRAY_SIZE(table);

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strncmp(table[middle].word, word.ptr, word.len) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

unsigned int words_per_mib(struct slice word, bool beginning)
{
	unsigned int sum = 0;

	for (size_t i = first_row(word); i < ARRAY_SIZE(table); i++) {
		struct slice known = slice_of(table[i].word);

		if (!slice_starts(known, word))
			break;
		if (beginning || known.len == word.len)
			sum += table[i].per_mib;
	}
	return sum > 0 ? sum : by_default(word);
}
