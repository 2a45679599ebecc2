package atoll.junit;

import atoll.api.Atoll;
import atoll.api.AtollException;
import atoll.api.SystemBuilder;
import atoll.api.VmBuilder;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * What a parameter is to be.
 *
 * @param key equal for those that are of the same system
 * @param builder says what the system is
 * @param shared whether all tests of a class have the same
 * @param vm the VM's name, or empty if there is only one
 */
record Wish(Object key, Supplier<? extends SystemBuilder<?>> builder, boolean shared, String vm) {
  static Wish of(Scenario said, ExtensionContext context) {
    Path file = file(said.value(), context);
    return new Wish(file, () -> Atoll.scenario(file), said.shared(), said.vm());
  }

  static Wish of(Guest said, ExtensionContext context) {
    return new Wish(said, () -> described(said, context), said.shared(), "");
  }

  private static VmBuilder described(Guest said, ExtensionContext context) {
    VmBuilder vm =
        guest(said, context)
            .name(said.name())
            .memory(said.memory())
            .cpus(said.cpus())
            .engine(said.engine())
            .append(said.append());
    return said.network() ? vm.network() : vm;
  }

  private static VmBuilder guest(Guest said, ExtensionContext context) {
    boolean own = !said.kernel().isEmpty() || !said.firmware().isEmpty();
    if (own && !said.value().isEmpty()) {
      throw new AtollException(
          "a guest is '%s' or an own kernel or firmware; leave one of the two out"
              .formatted(said.value()));
    }
    if (!said.firmware().isEmpty()) {
      VmBuilder vm = Atoll.firmware(file(said.firmware(), context));
      return said.kernel().isEmpty() ? vm : vm.kernel(file(said.kernel(), context));
    }
    return own ? Atoll.kernel(file(said.kernel(), context)) : Atoll.named(said.value());
  }

  /** From the folder in which tests run, or else a resource of the test's class. */
  private static Path file(String name, ExtensionContext context) {
    Path path = Path.of(name);
    URL resource = context.getRequiredTestClass().getResource(name);
    if (Files.exists(path) || resource == null) {
      return path.toAbsolutePath();
    }
    try {
      return Path.of(resource.toURI());
    } catch (URISyntaxException | FileSystemNotFoundException | IllegalArgumentException e) {
      throw new AtollException(
          "%s is not a file but in an archive, %s; put it where tests run"
              .formatted(name, resource),
          e);
    }
  }
}
