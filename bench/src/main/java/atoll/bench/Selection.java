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
 * @param workloads of {@link Part#WORK}, in the order of the report
 */
record Selection(Set<Part> parts, List<String> workloads) {
  /** The words of {@code --only}: parts, groups, workloads. */
  static final String WORDS =
      Stream.of(
              Stream.of(Part.BOOT.key, Part.HARTS.key, Part.BUILD.key, Part.MMIO),
              Arrays.stream(Group.values()).map(g -> g.key),
              Group.all().stream())
          .flatMap(s -> s)
          .distinct()
          .collect(Collectors.joining(", "));

  private static final List<String> MMIO = List.of(Part.MMIO_LOOP, Part.MMIO);

  /** Everything that does not take long. */
  static Selection usual() {
    return new Selection(
        EnumSet.of(Part.BOOT, Part.WORK, Part.HARTS),
        Stream.concat(Group.all().stream(), MMIO.stream()).toList());
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
    if (!workloads.isEmpty()) {
      parts.add(Part.WORK);
    }
    return new Selection(parts, List.copyOf(workloads));
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
    if (Group.all().contains(word)) {
      return List.of(word);
    }
    throw new IllegalArgumentException("nothing is called '" + word + "'; there are " + WORDS);
  }
}
