/** Promises kept in this process, without HTTP or JSON in between. */
@NullMarked
package dev.modulate.resonate.embedded;

import org.jspecify.annotations.NullMarked;
