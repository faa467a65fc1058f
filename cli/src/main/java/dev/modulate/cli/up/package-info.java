/** {@code modulate up}: every service in one process, wired over in-process transports. */
@NullMarked
package dev.modulate.cli.up;

import org.jspecify.annotations.NullMarked;
