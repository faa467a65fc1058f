/** Tests that need several processes or a foreign program; the architecture test; the README as a test. */
@NullMarked
package dev.modulate.it;

import org.jspecify.annotations.NullMarked;
