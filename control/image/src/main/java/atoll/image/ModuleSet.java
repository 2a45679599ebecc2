package atoll.image;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Kernel modules with everything that they need, in an order in which they can be inserted. */
final class ModuleSet {
  /** The file of a kernel's package that lists what is built into it. */
  static final String BUILTIN = "modules.builtin";

  private final Map<String, KernelModule> modules = new LinkedHashMap<>();

  /** By module, what must be inserted before it; nothing leads back to where it came from. */
  private final Map<String, Set<String>> needs = new LinkedHashMap<>();

  private ModuleSet() {}

  /**
   * The modules named in {@code wanted} and what they need.
   *
   * @param unpacked names of modules that are not to be packed
   * @param files every module file of the kernel, by module name; what is not there is built into
   *     the kernel or not to be had, which {@link #require} tells apart
   */
  static ModuleSet closure(Collection<String> wanted, Set<String> unpacked, Map<String, Path> files)
      throws IOException {
    ModuleSet set = new ModuleSet();
    for (String name : wanted) {
      set.read(name, unpacked, files);
    }
    set.modules
        .values()
        .forEach(module -> set.needs.put(module.name(), set.present(module.depends())));
    set.modules.values().forEach(set::addSoft);
    return set;
  }

  /**
   * Checks that a kernel has what it cannot do without.
   *
   * @param kernel its name
   * @param builtin the lines of its {@code modules.builtin}; if there are none, nothing is known
   * @throws RefusedException if it has one of them neither as a module nor in itself
   */
  static void require(
      String kernel, Collection<String> names, Set<String> files, List<String> builtin) {
    List<String> missing = missing(names, files, builtin);
    if (!missing.isEmpty()) {
      throw new RefusedException(
          "%s has no %s, without which no guest of it can start; choose another mirror with --mirror"
              .formatted(kernel, String.join(", ", missing)));
    }
  }

  /**
   * Those of the modules that a kernel has neither as a file nor in itself.
   *
   * @param builtin as {@link #require} has it
   */
  static List<String> missing(Collection<String> names, Set<String> files, List<String> builtin) {
    if (builtin.isEmpty()) {
      return List.of();
    }
    Set<String> there = new HashSet<>(files);
    builtin.forEach(line -> there.add(KernelModule.nameOf(Path.of(line))));
    return names.stream().filter(name -> !there.contains(name)).sorted().toList();
  }

  private void read(String name, Set<String> unpacked, Map<String, Path> files) throws IOException {
    if (modules.containsKey(name) || !files.containsKey(name)) {
      return;
    }
    KernelModule module = KernelModule.read(files.get(name), unpacked.contains(name));
    modules.put(name, module);
    for (String other : module.related()) {
      read(other, unpacked, files);
    }
  }

  /** Those of the names, or with an alias so called, that are in the set. */
  private Set<String> present(List<String> names) {
    Set<String> present = new LinkedHashSet<>();
    for (String name : names) {
      modules.values().stream()
          .filter(module -> module.answersTo(name))
          .forEach(module -> present.add(module.name()));
    }
    return present;
  }

  /** A soft dependency gives way where it would make a circle. */
  private void addSoft(KernelModule module) {
    for (String other : present(module.softDepends())) {
      if (!other.equals(module.name()) && !before(other).contains(module.name())) {
        needs.get(module.name()).add(other);
      }
    }
  }

  /** All that must be inserted before a module, in an order in which it can be. */
  private Set<String> before(String name) {
    Set<String> before = new LinkedHashSet<>();
    needs.get(name).forEach(need -> visit(need, new LinkedHashSet<>(Set.of(name)), before));
    return before;
  }

  private void visit(String name, Set<String> above, Set<String> done) {
    if (done.contains(name) || !above.add(name)) {
      return;
    }
    needs.get(name).forEach(need -> visit(need, above, done));
    done.add(name);
  }

  /** In an order in which each comes after what it needs. */
  List<KernelModule> inOrder() {
    Set<String> order = new LinkedHashSet<>();
    for (String name : modules.keySet()) {
      order.addAll(before(name));
      order.add(name);
    }
    return order.stream().map(modules::get).toList();
  }

  /**
   * The file {@code modules.dep} as {@code depmod(8)} writes it: behind each module all that it
   * needs, directly or not, so that inserting them from the last to the first works.
   */
  String dependencies() {
    StringBuilder text = new StringBuilder();
    for (KernelModule module : inOrder()) {
      text.append(module.fileName()).append(':');
      List<String> before = new ArrayList<>(before(module.name()));
      Collections.reverse(before);
      before.forEach(need -> text.append(' ').append(modules.get(need).fileName()));
      text.append('\n');
    }
    return text.toString();
  }

  /** The file {@code modules.alias}. */
  String aliases() {
    StringBuilder text = new StringBuilder();
    for (KernelModule module : inOrder()) {
      for (String alias : module.aliases()) {
        text.append("alias ").append(alias).append(' ').append(module.name()).append('\n');
      }
    }
    return text.toString();
  }
}
