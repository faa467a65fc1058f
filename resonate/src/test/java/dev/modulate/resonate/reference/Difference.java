package dev.modulate.resonate.reference;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * One place where two answers are not the same.
 *
 * @param path names of members, joined by dots; an element of an array is named after its array
 * @param ours missing when only they have it
 * @param theirs missing when only we have it
 */
record Difference(String path, JsonNode ours, JsonNode theirs) {
    /** Arrays are compared without regard to order: none of them promises one. */
    static List<Difference> between(JsonNode ours, JsonNode theirs) {
        var differences = new ArrayList<Difference>();
        compare("", ours, theirs, differences);
        return differences;
    }

    private static void compare(String path, JsonNode ours, JsonNode theirs, List<Difference> differences) {
        if (ours.isObject() && theirs.isObject()) {
            var names = new TreeSet<String>();
            ours.fieldNames().forEachRemaining(names::add);
            theirs.fieldNames().forEachRemaining(names::add);
            for (String name : names) {
                String inner = path.isEmpty() ? name : path + "." + name;
                compare(inner, ours.path(name), theirs.path(name), differences);
            }
        } else if (ours instanceof ArrayNode ourElements && theirs instanceof ArrayNode theirElements) {
            var left = new ArrayList<JsonNode>();
            theirElements.forEach(left::add);
            for (var element : ourElements) {
                if (!left.remove(element)) {
                    differences.add(new Difference(path, element, MissingNode.getInstance()));
                }
            }
            left.forEach(element -> differences.add(new Difference(path, MissingNode.getInstance(), element)));
        } else if (!ours.equals(theirs)) {
            differences.add(new Difference(path, ours, theirs));
        }
    }
}
