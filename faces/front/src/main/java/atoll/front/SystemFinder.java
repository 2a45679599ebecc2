package atoll.front;

import atoll.host.HostException;
import atoll.image.RefusedException;
import atoll.server.ControlClient;
import atoll.server.ControlFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Finds the systems of this user that run and can be reached. */
final class SystemFinder {
  private final ControlFolder folder;

  SystemFinder(UnaryOperator<String> environment) {
    folder = ControlFolder.locate(environment, System::getProperty);
  }

  /**
   * Connects to the system whose socket is named, or to the only one that runs.
   *
   * @throws HostException if it cannot be reached, or none runs
   * @throws RefusedException if several run
   */
  ControlClient connect(Optional<Path> named) {
    return ControlClient.connect(find(named));
  }

  /** The socket of that system. */
  Path find(Optional<Path> named) {
    if (named.isPresent()) {
      return named.get();
    }
    List<Path> all = folder.liveSockets();
    if (all.isEmpty()) {
      throw new HostException(
          "no system runs that has its control socket in %s; start one, or give the path of its socket"
              .formatted(folder.path()));
    }
    if (all.size() > 1) {
      throw new RefusedException(
          "%d systems run; give the path of one:%s"
              .formatted(
                  all.size(),
                  all.stream().map(path -> "\n  " + path).collect(Collectors.joining())));
    }
    return all.getFirst();
  }

  /**
   * The socket that a user means.
   *
   * @param word its path, or the name of a system that runs
   * @throws RefusedException if several systems that run have that name
   */
  Path named(String word) {
    if (word.contains("/") || word.endsWith(".sock") || Files.exists(Path.of(word))) {
      return Path.of(word);
    }
    List<Path> all =
        folder.liveSockets().stream()
            .filter(
                path -> path.getFileName().toString().matches(Pattern.quote(word) + "-\\d+\\.sock"))
            .toList();
    if (all.size() != 1) {
      throw new RefusedException(
          "%s systems named '%s' run; give the path of a socket: atoll ctl lists them"
              .formatted(all.isEmpty() ? "no" : all.size(), word));
    }
    return all.getFirst();
  }

  /** A line for each that runs: where, which, and its VMs. */
  List<String> list() {
    List<String> lines = new ArrayList<>();
    for (Path path : folder.liveSockets()) {
      try (ControlClient client = ControlClient.connect(path)) {
        lines.add(
            "%s: %s, process %d, VMs %s"
                .formatted(
                    path, client.system(), client.process(), String.join(", ", client.vms())));
      } catch (HostException e) {
        lines.add(e.getMessage());
      }
    }
    return lines;
  }
}
