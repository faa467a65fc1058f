/** What the tests of all modules share; compiled with the tests of each. */
@NullMarked
package dev.modulate.testing;

import org.jspecify.annotations.NullMarked;
