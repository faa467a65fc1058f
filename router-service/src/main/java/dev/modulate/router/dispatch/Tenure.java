package dev.modulate.router.dispatch;

import java.util.function.LongConsumer;

/**
 * A time in which one router is in charge of a cell.
 *
 * @param routerId unique for each; lower-case letters, digits and dashes
 * @param epoch with which it begins
 * @param heardOf told of epochs that nodes have seen and that are larger
 */
public record Tenure(String routerId, long epoch, LongConsumer heardOf) {}
