/** The router's gRPC services: protos in, events to the cell; nothing blocks. */
@NullMarked
package dev.modulate.router.rpc;

import org.jspecify.annotations.NullMarked;
