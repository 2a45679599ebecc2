package atoll.image;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The paths of a file system that is being put together. A package may have a file by a path that
 * goes through a symbolic link of another one, such as {@code /lib}; it belongs where the link
 * leads. Paths have no leading slash; that of the root is empty.
 */
final class RootPaths {
  /** As many links as Linux follows on the way to a file. */
  private static final int MOST_LINKS = 40;

  private final Map<String, String> links = new HashMap<>();
  private final Set<String> folders = new HashSet<>(Set.of(""));
  private final Set<String> files = new HashSet<>();

  /** Where a file of this name belongs; its folders may be links, itself is not followed. */
  String ofFile(String name) {
    String path = plain(name);
    int slash = path.lastIndexOf('/');
    if (slash < 0) {
      return path;
    }
    String folder = ofFolder(path.substring(0, slash));
    String last = path.substring(slash + 1);
    return folder.isEmpty() ? last : folder + "/" + last;
  }

  /** Where a folder of this name belongs; it may be a link itself. */
  String ofFolder(String name) {
    Deque<String> left = new ArrayDeque<>(parts(name));
    List<String> path = new ArrayList<>();
    int followed = 0;
    while (!left.isEmpty()) {
      String part = left.pop();
      if (part.equals("..")) {
        path = path.subList(0, Math.max(0, path.size() - 1));
        continue;
      }
      path.add(part);
      String target = links.get(String.join("/", path));
      if (target != null && followed++ < MOST_LINKS) {
        path = target.startsWith("/") ? new ArrayList<>() : path.subList(0, path.size() - 1);
        List<String> way = parts(target);
        Collections.reverse(way);
        way.forEach(left::push);
      }
    }
    return String.join("/", path);
  }

  /** The parts of a path that mean something. */
  private static List<String> parts(String name) {
    return new ArrayList<>(
        Arrays.stream(name.split("/", -1))
            .filter(part -> !part.isEmpty() && !part.equals("."))
            .toList());
  }

  /** Without a leading dot and slashes at the ends. */
  static String plain(String name) {
    return String.join("/", parts(name));
  }

  /** Notes a folder; returns whether it is new. */
  boolean addFolder(String path) {
    return folders.add(path);
  }

  /** Notes something else than a folder; returns whether nothing was there. */
  boolean addFile(String path) {
    return files.add(path) && !folders.contains(path);
  }

  /** Notes where a link leads. */
  void addLink(String path, String target) {
    links.put(path, target);
  }

  /** Whether there is something at a path. */
  boolean has(String path) {
    return files.contains(path) || folders.contains(path);
  }
}
