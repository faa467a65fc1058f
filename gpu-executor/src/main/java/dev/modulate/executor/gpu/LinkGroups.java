package dev.modulate.executor.gpu;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Which devices all reach each other directly. */
final class LinkGroups {
    @FunctionalInterface
    interface Links {
        boolean between(int one, int other);
    }

    private LinkGroups() {}

    /**
     * A device joins the first group with all of whose members it is linked: in a mesh where not all pairs are, a chain of
     * links is no group.
     *
     * @return the group of each device; empty for one that is alone
     */
    static List<String> of(int devices, Links links) {
        var groups = new ArrayList<List<Integer>>();
        for (int index = 0; index < devices; index++) {
            int device = index;
            groups.stream()
                    .filter(group -> group.stream().allMatch(member -> links.between(member, device)))
                    .findFirst()
                    .ifPresentOrElse(group -> group.add(device), () -> groups.add(new ArrayList<>(List.of(device))));
        }
        var names = new ArrayList<>(Collections.nCopies(devices, ""));
        for (int group = 0; group < groups.size(); group++) {
            if (groups.get(group).size() > 1) {
                for (int member : groups.get(group)) {
                    names.set(member, "nvlink-" + group);
                }
            }
        }
        return List.copyOf(names);
    }
}
