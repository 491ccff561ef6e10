/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Maxima that the kernel half and the agent both rely on. A limit that only
 * one side knows does not belong here.
 */
#ifndef PROMTAP_MAXIMA_H
#define PROMTAP_MAXIMA_H

/* Payload size classes of a data record, bytes. A record reserves the smallest
 * class that fits, so small chunks leave room for many in the ring. */
#define DATA_CLASS_0 256
#define DATA_CLASS_1 1024
#define DATA_CLASS_2 4096
#define DATA_CLASS_3 16384

/* Pieces of DATA_CLASS_3 that one TLS call is cut into at most; what is beyond
 * is skipped, counted, and stated in the last record. 4 MiB. */
#define CALL_PIECES_MAX 256

/* TLS calls in flight on one thread (TLS inside TLS nests two). */
#define CALL_DEPTH_MAX 4

#define THREADS_MAX 16384	/* threads with a TLS call in flight, or that had one */
#define PROCESSES_MAX 16384	/* processes that made a TLS call */
#define CONNECTIONS_MAX 65536	/* open TLS objects */
#define VERDICTS_MAX 65536	/* power of two; slots are shared, the generation tells whose it is */
#define ATTACHMENTS_MAX 4096	/* files with probes at a time */

#define COMM_BYTES 16		/* TASK_COMM_LEN */
#define NAME_BYTES 64		/* base name of an executable, cut */
#define CGROUP_LEVELS 8		/* path components kept, from the leaf up */
#define CGROUP_NAME_BYTES 192	/* of one component, cut; "...slice:cri-containerd:ID" takes 140 */

/*
 * Until user space has a verdict, this much of the response direction is
 * captured. Long enough that a server on the same machine, which answers at
 * once and in full, seldom outruns the decoder (64 KiB cut 1 call in 1,000 of
 * the recorded traffic on two busy cores).
 */
#define UNKNOWN_RESPONSE_BYTES 262144

#endif
