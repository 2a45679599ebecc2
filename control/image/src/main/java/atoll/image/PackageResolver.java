package atoll.image;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Finds which packages a new system has: those of its base, those that are asked for, and all that
 * these need. Used once.
 *
 * <p>What can be met in one way only is met first. So of alternatives, one that is there anyway is
 * taken before another; otherwise the first that goes with the rest, as APT does.
 */
final class PackageResolver {
  private final PackagesIndex index;
  private final boolean recommended;

  /** By name, with what has led to it. */
  private final Map<String, Chosen> chosen = new LinkedHashMap<>();

  /** What the chosen ones exclude. */
  private final List<Exclusion> exclusions = new ArrayList<>();

  private final Deque<Need> forced = new ArrayDeque<>();
  private final Deque<Need> open = new ArrayDeque<>();

  /**
   * A package of the system.
   *
   * @param reason who wants it, in words that follow its name
   * @param asked whether a person wants it, and not only another package
   */
  record Chosen(DebianPackage found, String reason, boolean asked) {}

  /** A group of alternatives that a package has, of which one must be there, or should be. */
  private record Need(DebianPackage of, List<PackageRelation> alternatives, boolean optional) {
    String text() {
      return String.join(" | ", alternatives.stream().map(PackageRelation::toString).toList());
    }
  }

  /** A relationship that forbids packages beside the one that has it. */
  private record Exclusion(Chosen of, PackageRelation relation) {}

  /**
   * @param recommended whether what packages recommend is taken as well, where it can be
   */
  PackageResolver(PackagesIndex index, boolean recommended) {
    this.index = index;
    this.recommended = recommended;
  }

  /**
   * The packages, each after what has led to it.
   *
   * @param wanted names of packages, or of something that a package provides
   * @throws RefusedException if there is no such system; says why
   */
  List<Chosen> resolve(BaseSystem base, Collection<String> wanted) {
    List<DebianPackage> asked = wanted.stream().map(this::named).toList();
    for (DebianPackage each : asked) {
      choose(each, "named by the recipe", true);
    }
    for (DebianPackage each : index.all()) {
      if (base.has(each)) {
        choose(each, "part of the base system", true);
      }
    }
    meetAll();
    return List.copyOf(chosen.values());
  }

  /** A package with all that it needs. */
  List<DebianPackage> needs(String name) {
    choose(named(name), "needed to build", true);
    meetAll();
    return chosen.values().stream().map(Chosen::found).toList();
  }

  private void meetAll() {
    while (!forced.isEmpty() || !open.isEmpty()) {
      meet(forced.isEmpty() ? open.remove() : forced.remove());
    }
  }

  private DebianPackage named(String name) {
    List<DebianPackage> candidates = index.candidates(new PackageRelation(name, "", ""));
    if (candidates.isEmpty()) {
      List<String> names = index.all().stream().map(DebianPackage::name).toList();
      throw new RefusedException(
          "there is no package '%s' in the archive%s"
              .formatted(
                  name,
                  Nearest.to(name, names)
                      .map(near -> "; did you mean " + near + "?")
                      .orElse("; check the name, and whether the release has it for riscv64")));
    }
    return candidates.getFirst();
  }

  private void choose(DebianPackage next, String reason, boolean asked) {
    if (chosen.containsKey(next.name())) {
      return;
    }
    opponent(next)
        .ifPresent(other -> {
          throw new RefusedException(
              "%s (%s) and %s (%s) exclude each other; leave one of them out"
                  .formatted(next.name(), reason, other.found.name(), other.reason));
        });
    Chosen added = new Chosen(next, reason, asked);
    chosen.put(next.name(), added);
    next.excludes().forEach(relation -> exclusions.add(new Exclusion(added, relation)));
    next.depends().forEach(group -> add(new Need(next, group, false)));
    if (recommended) {
      next.recommends().forEach(group -> add(new Need(next, group, true)));
    }
  }

  private void add(Need need) {
    long ways = need.alternatives.stream().mapToLong(a -> index.candidates(a).size()).sum();
    (ways == 1 && !need.optional ? forced : open).add(need);
  }

  /** One of the chosen packages that cannot be beside another one. */
  private Optional<Chosen> opponent(DebianPackage next) {
    Optional<Chosen> excluding =
        exclusions.stream()
            .filter(exclusion -> exclusion.relation.meets(next))
            .map(Exclusion::of)
            .filter(other -> !other.found.name().equals(next.name()))
            .findFirst();
    return excluding.or(() ->
        next.excludes().stream()
            .flatMap(relation -> present(relation).stream())
            .filter(other -> !other.found.name().equals(next.name()))
            .findFirst());
  }

  /** One of the chosen packages that is meant by a relationship. */
  private Optional<Chosen> present(PackageRelation relation) {
    return index.candidates(relation).stream()
        .filter(candidate -> chosen.containsKey(candidate.name()))
        .map(candidate -> chosen.get(candidate.name()))
        .findFirst();
  }

  private void meet(Need need) {
    if (need.alternatives.stream().anyMatch(relation -> present(relation).isPresent())) {
      return;
    }
    List<DebianPackage> candidates = new ArrayList<>();
    need.alternatives.forEach(relation -> candidates.addAll(index.candidates(relation)));
    String reason = (need.optional ? "recommended by " : "needed by ") + need.of.name();
    Optional<DebianPackage> fitting =
        candidates.stream()
            .filter(candidate -> !chosen.containsKey(candidate.name()))
            .filter(candidate -> opponent(candidate).isEmpty())
            .findFirst();
    if (fitting.isPresent()) {
      choose(fitting.get(), reason, false);
    } else if (!need.optional) {
      refuse(need, candidates, reason);
    }
  }

  private void refuse(Need need, List<DebianPackage> candidates, String reason) {
    if (candidates.isEmpty()) {
      throw new RefusedException(
          "%s (%s) needs %s, which is not in the archive; leave it out, or try again later, since the mirror may be changing"
              .formatted(need.of.name(), chosen.get(need.of.name()).reason, need.text()));
    }
    candidates.forEach(candidate -> choose(candidate, reason, false));
  }
}
