/** The shell every service process runs in: one port for gRPC, HTTP/JSON, docs, metrics and health. */
@NullMarked
package dev.modulate.observability.server;

import org.jspecify.annotations.NullMarked;
