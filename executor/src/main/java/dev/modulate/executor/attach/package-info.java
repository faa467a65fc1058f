/** The control stream to a router. */
@NullMarked
package dev.modulate.executor.attach;

import org.jspecify.annotations.NullMarked;
