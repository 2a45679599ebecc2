package atoll.manager;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Kernel modules with everything that they need, in an order in which they can be inserted. */
final class ModuleSet {
  private final Map<String, KernelModule> modules = new LinkedHashMap<>();

  private ModuleSet() {}

  /**
   * The modules named in {@code wanted} and what they need.
   *
   * @param files every module file of the kernel, by module name; what is in neither is built into
   *     the kernel or not to be had
   */
  static ModuleSet closure(List<String> wanted, Map<String, Path> files) throws IOException {
    ModuleSet set = new ModuleSet();
    for (String name : wanted) {
      set.add(name, files);
    }
    return set;
  }

  private void add(String name, Map<String, Path> files) throws IOException {
    if (modules.containsKey(name) || !files.containsKey(name)) {
      return;
    }
    KernelModule module = KernelModule.read(files.get(name));
    for (String need : module.needs()) {
      add(need, files);
    }
    modules.put(name, module);
  }

  /** In an order in which each comes after what it needs. */
  List<KernelModule> inOrder() {
    return List.copyOf(modules.values());
  }

  /** The file {@code modules.dep} as {@code depmod(8)} writes it. */
  String dependencies() {
    StringBuilder text = new StringBuilder();
    for (KernelModule module : modules.values()) {
      text.append(module.fileName()).append(':');
      for (String need : module.needs()) {
        if (modules.containsKey(need)) {
          text.append(' ').append(modules.get(need).fileName());
        }
      }
      text.append('\n');
    }
    return text.toString();
  }

  /** The file {@code modules.alias}. */
  String aliases() {
    StringBuilder text = new StringBuilder();
    for (KernelModule module : modules.values()) {
      for (String alias : module.aliases()) {
        text.append("alias ").append(alias).append(' ').append(module.name()).append('\n');
      }
    }
    return text.toString();
  }
}
