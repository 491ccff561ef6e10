/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A family keeps its series sorted by label values: a look-up is a binary
 * search, and the walk of an encoder needs no sorting. Calls come by the
 * thousand a second and a family holds a thousand series: ten comparisons.
 */
#include "base/metrics.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define FAMILIES_MAX 256
#define LABEL_NAMES_MAX 32

struct metric_series {
	struct metric_family *family;
	const char *labels[METRIC_LABELS_MAX];	/* in `text` */
	uint64_t count, sum;
	double number;
	bool unset;
	uint64_t *buckets;	/* owned; null: no histogram */
	char text[];		/* the label values, each terminated */
};

/* The distinct values that one open label name has had, over all families. */
struct label_name {
	const char *name;
	unsigned values_max;
	char **values;		/* owned, sorted */
	size_t value_count, value_capacity;
	struct metric_series *overflow;
};

struct metric_family {
	struct metrics *metrics;
	const struct metric_desc *desc;
	size_t label_count;
	struct label_name *names[METRIC_LABELS_MAX];	/* null: a closed label */
	bool open;					/* has an open label */
	struct metric_series **series;			/* owned, sorted */
	size_t series_count, series_capacity;
};

struct metrics {
	size_t bytes, bytes_max;
	struct metric_family *families[FAMILIES_MAX];	/* owned */
	size_t family_count;
	struct label_name names[LABEL_NAMES_MAX];
	size_t name_count;
	struct metric_family *overflow;			/* promtap_label_overflow_total */
	struct metric_series *series_overflow;		/* ... of a whole label set */
};

/* Label values as they are looked up: cut, and plain text. */
struct label_set {
	const char *values[METRIC_LABELS_MAX];
	char text[METRIC_LABELS_MAX][METRIC_VALUE_BYTES];
};

static const struct metric_desc overflow_desc = {
	.name = "promtap_label_overflow_total",
	.help = "Look-ups that went to \"other\" because the label has too many values, or (label=\"series\") "
		"the metric too many label sets",
	.unit = "samples",
	.type = METRIC_COUNTER,
	.labels = { { "label", 0 } },
};

size_t metric_label_count(const struct metric_desc *desc)
{
	size_t n = 0;

	while (n < METRIC_LABELS_MAX && desc->labels[n].name)
		n++;
	return n;
}

/* ---- sorted arrays ---- */

/* The array of pointers with room for one more; null: out of memory, and it is
 * as before. */
static void *grow(struct metrics *metrics, void *array, size_t count, size_t *capacity)
{
	size_t wanted = *capacity ? *capacity * 2 : 4;

	if (count < *capacity)
		return array;
	array = realloc(array, wanted * sizeof(void *));
	if (!array)
		return NULL;
	metrics->bytes += (wanted - *capacity) * sizeof(void *);
	*capacity = wanted;
	return array;
}

static int compare_labels(const struct metric_series *series, const struct label_set *set, size_t count)
{
	int order = 0;

	for (size_t i = 0; i < count && order == 0; i++)
		order = strcmp(series->labels[i], set->values[i]);
	return order;
}

/* Index of the first series that is not below `set`. */
static size_t series_position(const struct metric_family *family, const struct label_set *set, bool *ret_found)
{
	size_t low = 0, high = family->series_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_labels(family->series[middle], set, family->label_count) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*ret_found = low < family->series_count &&
		     compare_labels(family->series[low], set, family->label_count) == 0;
	return low;
}

static size_t value_position(const struct label_name *name, const char *value, bool *ret_found)
{
	size_t low = 0, high = name->value_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(name->values[middle], value) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*ret_found = low < name->value_count && strcmp(name->values[low], value) == 0;
	return low;
}

/* ---- distinct values of open labels ---- */

static bool value_fits(const struct label_name *name, const char *value)
{
	bool found;

	(void)value_position(name, value, &found);
	return found || name->value_count < name->values_max || strcmp(value, METRIC_OTHER) == 0;
}

/* "other" takes no place of its own: it is always there. */
static int value_remember(struct metrics *metrics, struct label_name *name, const char *value)
{
	bool found;
	size_t at = value_position(name, value, &found);
	char **values, *copy;

	if (found || strcmp(value, METRIC_OTHER) == 0)
		return 0;
	values = grow(metrics, name->values, name->value_count, &name->value_capacity);
	if (!values)
		return -1;
	name->values = values;
	copy = strdup(value);
	if (!copy)
		return -1;
	memmove(&name->values[at + 1], &name->values[at], (name->value_count - at) * sizeof(char *));
	name->values[at] = copy;
	name->value_count++;
	metrics->bytes += strlen(copy) + 1;
	return 0;
}

static struct metric_series *overflow_series(struct metrics *metrics, const char *label)
{
	return metric_get(metrics->overflow, (const char *const[]){ label });
}

static struct label_name *label_name_get(struct metrics *metrics, const struct metric_label *label)
{
	struct label_name *name;

	for (size_t i = 0; i < metrics->name_count; i++) {
		if (strcmp(metrics->names[i].name, label->name) == 0) {
			assert(metrics->names[i].values_max == label->values_max);
			return &metrics->names[i];
		}
	}
	assert(metrics->name_count < LABEL_NAMES_MAX);
	name = &metrics->names[metrics->name_count];
	name->overflow = overflow_series(metrics, label->name);
	if (!name->overflow)
		return NULL;
	name->name = label->name;
	name->values_max = label->values_max;
	metrics->name_count++;
	return name;
}

/* ---- series ---- */

static void series_free(struct metric_series *series)
{
	if (series)
		free(series->buckets);
	free(series);
}

static size_t set_bytes(const struct label_set *set, size_t count)
{
	size_t bytes = 0;

	for (size_t i = 0; i < count; i++)
		bytes += strlen(set->values[i]) + 1;
	return bytes;
}

static size_t bucket_bytes(const struct metric_desc *desc)
{
	return desc->type == METRIC_HISTOGRAM ? (desc->bound_count + 1) * sizeof(uint64_t) : 0;
}

static size_t series_bytes(const struct metric_family *family, const struct label_set *set)
{
	return sizeof(struct metric_series) + set_bytes(set, family->label_count) + bucket_bytes(family->desc);
}

static struct metric_series *series_alloc(struct metric_family *family, const struct label_set *set)
{
	size_t text_bytes = set_bytes(set, family->label_count);
	struct metric_series *series = calloc(1, sizeof(*series) + text_bytes);
	char *text;

	if (!series)
		return NULL;
	if (family->desc->type == METRIC_HISTOGRAM) {
		series->buckets = calloc(1, bucket_bytes(family->desc));
		if (!series->buckets) {
			series_free(series);
			return NULL;
		}
	}
	series->family = family;
	text = series->text;
	for (size_t i = 0; i < family->label_count; i++) {
		series->labels[i] = text;
		text = stpcpy(text, set->values[i]) + 1;
	}
	return series;
}

static int remember_values(struct metric_family *family, const struct label_set *set)
{
	for (size_t i = 0; i < family->label_count; i++) {
		if (family->names[i] && value_remember(family->metrics, family->names[i], set->values[i]) < 0)
			return -1;
	}
	return 0;
}

static struct metric_series *series_make(struct metric_family *family, const struct label_set *set, size_t at)
{
	struct metrics *metrics = family->metrics;
	struct metric_series *series, **list;

	list = grow(metrics, family->series, family->series_count, &family->series_capacity);
	if (!list)
		return NULL;
	family->series = list;
	if (remember_values(family, set) < 0)
		return NULL;
	series = series_alloc(family, set);
	if (!series)
		return NULL;
	memmove(&family->series[at + 1], &family->series[at],
		(family->series_count - at) * sizeof(struct metric_series *));
	family->series[at] = series;
	family->series_count++;
	metrics->bytes += series_bytes(family, set);
	return series;
}

/* Not printable ASCII becomes '_': what encoders must treat specially is then
 * only '"' and '\\', and no two series can look the same once encoded. */
static void label_set_fill(struct label_set *set, const char *const *values, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t n = 0;

		for (; values[i][n] && n < METRIC_VALUE_BYTES - 1; n++) {
			char c = values[i][n];

			set->text[i][n] = c >= 0x20 && c < 0x7f ? c : '_';
		}
		set->text[i][n] = '\0';
		set->values[i] = set->text[i];
	}
}

static void limit_values(struct metric_family *family, struct label_set *set)
{
	for (size_t i = 0; i < family->label_count; i++) {
		struct label_name *name = family->names[i];

		if (!name || value_fits(name, set->values[i]))
			continue;
		set->values[i] = METRIC_OTHER;
		metric_add(name->overflow, 1);
	}
}

static bool has_room(const struct metric_family *family, const struct label_set *set)
{
	unsigned max = family->desc->series_max ? family->desc->series_max : METRIC_SERIES_DEFAULT;

	return family->series_count < max &&
	       family->metrics->bytes + series_bytes(family, set) <= family->metrics->bytes_max;
}

struct metric_series *metric_get(struct metric_family *family, const char *const *values)
{
	struct label_set set;
	bool found;
	size_t at;

	label_set_fill(&set, values, family->label_count);
	limit_values(family, &set);
	at = series_position(family, &set, &found);
	/* Closed labels are few by themselves, so those series are always made. */
	if (!found && family->open && !has_room(family, &set)) {
		for (size_t i = 0; i < family->label_count; i++)
			set.values[i] = family->names[i] ? METRIC_OTHER : set.values[i];
		metric_add(family->metrics->series_overflow, 1);
		at = series_position(family, &set, &found);
	}
	return found ? family->series[at] : series_make(family, &set, at);
}

/* ---- the registry ---- */

static void family_free(struct metric_family *family)
{
	if (!family)
		return;
	for (size_t i = 0; i < family->series_count; i++)
		series_free(family->series[i]);
	free(family->series);
	free(family);
}

static bool name_is_new(const struct metrics *metrics, const char *name)
{
	for (size_t i = 0; i < metrics->family_count; i++) {
		if (strcmp(metrics->families[i]->desc->name, name) == 0)
			return false;
	}
	return true;
}

struct metric_family *metrics_family(struct metrics *metrics, const struct metric_desc *desc)
{
	struct metric_family *family;

	assert(metrics->family_count < FAMILIES_MAX && name_is_new(metrics, desc->name));
	assert(desc->bound_count <= METRIC_BOUNDS_MAX);
	family = calloc(1, sizeof(*family));
	if (!family)
		return NULL;
	family->metrics = metrics;
	family->desc = desc;
	family->label_count = metric_label_count(desc);
	for (size_t i = 0; i < family->label_count; i++) {
		if (desc->labels[i].values_max == 0)
			continue;
		family->open = true;
		family->names[i] = label_name_get(metrics, &desc->labels[i]);
		if (!family->names[i]) {
			family_free(family);
			return NULL;
		}
	}
	metrics->families[metrics->family_count++] = family;
	metrics->bytes += sizeof(*family);
	return family;
}

struct metrics *metrics_new(size_t bytes_max)
{
	struct metrics *metrics = calloc(1, sizeof(*metrics));

	if (!metrics)
		return NULL;
	metrics->bytes_max = bytes_max;
	metrics->overflow = metrics_family(metrics, &overflow_desc);
	metrics->series_overflow = metrics->overflow ? overflow_series(metrics, "series") : NULL;
	if (!metrics->series_overflow) {
		metrics_free(metrics);
		return NULL;
	}
	return metrics;
}

void metrics_free(struct metrics *metrics)
{
	if (!metrics)
		return;
	for (size_t i = 0; i < metrics->family_count; i++)
		family_free(metrics->families[i]);
	for (size_t i = 0; i < metrics->name_count; i++) {
		for (size_t j = 0; j < metrics->names[i].value_count; j++)
			free(metrics->names[i].values[j]);
		free(metrics->names[i].values);
	}
	free(metrics);
}

/* ---- updates ---- */

static uint64_t add_saturating(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

void metric_add(struct metric_series *series, uint64_t n)
{
	if (series)
		series->count = add_saturating(series->count, n);
}

void metric_raise(struct metric_series *series, uint64_t n)
{
	if (series && n > series->count)
		series->count = n;
}

void metric_set(struct metric_series *series, double value)
{
	if (!series)
		return;
	series->number = value;
	series->unset = false;
}

void metric_unset(struct metric_series *series)
{
	if (series)
		series->unset = true;
}

void metric_observe(struct metric_series *series, uint64_t n)
{
	const struct metric_desc *desc;
	unsigned i = 0;

	if (!series)
		return;
	desc = series->family->desc;
	while (i < desc->bound_count && n > desc->bounds[i])
		i++;
	series->buckets[i]++;
	series->count++;
	series->sum = add_saturating(series->sum, n);
}

/* ---- the walk ---- */

const struct metric_family *metrics_family_at(const struct metrics *metrics, size_t index)
{
	return index < metrics->family_count ? metrics->families[index] : NULL;
}

const struct metric_desc *metric_family_desc(const struct metric_family *family)
{
	return family->desc;
}

const struct metric_series *metric_series_at(const struct metric_family *family, size_t index)
{
	return index < family->series_count ? family->series[index] : NULL;
}

const char *metric_series_label(const struct metric_series *series, size_t index)
{
	assert(index < series->family->label_count);
	return series->labels[index];
}

void metric_read(const struct metric_series *series, struct metric_value *ret)
{
	*ret = (struct metric_value){
		.count = series->count,
		.number = series->number,
		.unset = series->unset,
		.sum = series->sum,
		.buckets = series->buckets,
	};
}

size_t metrics_bytes(const struct metrics *metrics)
{
	return metrics->bytes;
}
