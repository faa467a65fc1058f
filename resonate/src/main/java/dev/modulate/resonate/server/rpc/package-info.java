/** The protocol over gRPC. */
@NullMarked
package dev.modulate.resonate.server.rpc;

import org.jspecify.annotations.NullMarked;
