package atoll.bench;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The parts to compare.
 *
 * @param workloads of {@link Part#WORK} and {@link Part#PROGRAMS}, in the order in which they run
 */
record Selection(Set<Part> parts, List<String> workloads) {
  /** The words of {@code --only}: parts, groups, workloads. */
  static final String WORDS =
      Stream.of(
              Stream.of(Part.BOOT.key, Part.HARTS.key, Part.BUILD.key, Part.MMIO),
              Arrays.stream(Group.values()).map(g -> g.key),
              Group.all(Part.WORK).stream(),
              Group.all(Part.PROGRAMS).stream())
          .flatMap(s -> s)
          .distinct()
          .collect(Collectors.joining(", "));

  private static final List<String> MMIO = List.of(Part.MMIO_LOOP, Part.MMIO);

  /** Everything that does not take long. */
  static Selection usual() {
    return new Selection(
        EnumSet.of(Part.BOOT, Part.WORK, Part.HARTS),
        Stream.concat(Group.all(Part.WORK).stream(), MMIO.stream()).toList());
  }

  /**
   * What {@code words} name.
   *
   * @throws IllegalArgumentException with the words that there are
   */
  static Selection of(List<String> words) {
    if (words.isEmpty()) {
      return usual();
    }
    Set<Part> parts = EnumSet.noneOf(Part.class);
    Set<String> workloads = new LinkedHashSet<>();
    for (String word : words) {
      Optional<Part> part =
          Stream.of(Part.BOOT, Part.HARTS, Part.BUILD).filter(p -> p.key.equals(word)).findFirst();
      part.ifPresentOrElse(parts::add, () -> workloads.addAll(workloads(word)));
    }
    Selection selection = new Selection(parts, List.copyOf(workloads));
    Stream.of(Part.WORK, Part.PROGRAMS)
        .filter(part -> !selection.workloads(part).isEmpty())
        .forEach(parts::add);
    return selection;
  }

  /** The workloads that run in one boot. */
  List<String> workloads(Part part) {
    List<String> programs = Group.all(Part.PROGRAMS);
    return workloads.stream()
        .filter(workload -> programs.contains(workload) == (part == Part.PROGRAMS))
        .toList();
  }

  private static List<String> workloads(String word) {
    if (word.equals(Part.MMIO)) {
      return MMIO;
    }
    for (Group group : Group.values()) {
      if (group.key.equals(word)) {
        return group.workloads;
      }
    }
    if (Group.all(Part.WORK).contains(word) || Group.all(Part.PROGRAMS).contains(word)) {
      return List.of(word);
    }
    throw new IllegalArgumentException("nothing is called '" + word + "'; there are " + WORDS);
  }
}
