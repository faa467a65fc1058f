/** Between the contract and the records inside. */
@NullMarked
package dev.modulate.registry.proto;

import org.jspecify.annotations.NullMarked;
