@NullMarked
package dev.modulate.router.scheduling;

import org.jspecify.annotations.NullMarked;
