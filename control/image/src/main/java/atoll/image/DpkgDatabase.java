package atoll.image;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What {@code dpkg} remembers of packages that are unpacked and not configured yet: the files below
 * {@code /var/lib/dpkg}, in the form of dpkg 1.16 and later.
 */
final class DpkgDatabase {
  private static final String FOLDER = "var/lib/dpkg";

  /** The mark of a file that comes with a package which was not there before. */
  private static final String NEW = "newconffile";

  private final StringBuilder status = new StringBuilder();
  private final List<UnpackedPackage> packages = new ArrayList<>();
  private final List<List<String>> lists = new ArrayList<>();

  /** By trigger, who wants to know of it. */
  private final Map<String, StringBuilder> named = new TreeMap<>();

  private final StringBuilder ofFiles = new StringBuilder();

  /** How many packages there are. */
  int size() {
    return packages.size();
  }

  /**
   * Notes that a package is unpacked.
   *
   * @param paths of its files and folders, absolute
   */
  void add(UnpackedPackage added, List<String> paths) {
    packages.add(added);
    lists.add(paths);
    for (String line : added.control().get("control").text().strip().lines().toList()) {
      status.append(line).append('\n');
      if (line.startsWith("Package:")) {
        status.append("Status: install ok unpacked\n");
      }
    }
    if (!added.conffiles().isEmpty()) {
      status.append("Conffiles:\n");
      added.conffiles().forEach(file -> status.append(" %s %s\n".formatted(file, NEW)));
    }
    status.append('\n');
    added.lines("triggers").forEach(line -> addTrigger(added, line.strip().split("\\s+")));
  }

  /** {@code interest} or {@code interest-noawait}, and a name or a path; deb-triggers(5). */
  private void addTrigger(UnpackedPackage owner, String[] words) {
    if (words.length != 2 || !words[0].startsWith("interest")) {
      return;
    }
    String who = owner.qualifiedName() + (words[0].endsWith("-noawait") ? "/noawait" : "");
    if (words[1].startsWith("/")) {
      ofFiles.append("%s %s\n".formatted(words[1], who));
    } else {
      named.computeIfAbsent(words[1], none -> new StringBuilder()).append(who).append('\n');
    }
  }

  /** Adds the files to a system. */
  void write(RootArchive archive) throws IOException {
    for (String folder : List.of("info", "triggers", "updates", "parts", "alternatives")) {
      archive.folder(FOLDER + "/" + folder);
    }
    put(archive, "info/format", "1\n");
    for (int i = 0; i < packages.size(); i++) {
      writeInfo(archive, packages.get(i), lists.get(i));
    }
    put(archive, "status", status.toString());
    for (String empty : List.of("available", "diversions", "statoverride", "triggers/Unincorp")) {
      put(archive, empty, "");
    }
    put(archive, "triggers/File", ofFiles.toString());
    for (Map.Entry<String, StringBuilder> trigger : named.entrySet()) {
      put(archive, "triggers/" + trigger.getKey(), trigger.getValue().toString());
    }
  }

  private static void writeInfo(RootArchive archive, UnpackedPackage of, List<String> paths)
      throws IOException {
    String start = FOLDER + "/info/" + of.qualifiedName() + ".";
    for (Map.Entry<String, UnpackedPackage.ControlFile> file : of.control().entrySet()) {
      if (!file.getKey().equals("control")) {
        archive.file(
            start + file.getKey(), file.getValue().permissions(), file.getValue().content());
      }
    }
    archive.file(start + "list", 0644, bytes(String.join("\n", paths) + "\n"));
  }

  private static void put(RootArchive archive, String name, String content) throws IOException {
    archive.file(FOLDER + "/" + name, 0644, bytes(content));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
