package atoll.image;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Reads which archives the system's APT is configured for, in both formats of {@code
 * sources.list(5)}. Lines that cannot be understood are skipped: the file belongs to another
 * program.
 */
final class AptSources {
  private static final Pattern ONE_LINE =
      Pattern.compile("deb\\s+(?:\\[[^\\]]*\\]\\s*)?(\\S+)\\s+(\\S+)\\s*(.*)");

  private AptSources() {}

  /** Archives that may serve {@code suite}, likeliest first, each once; none without APT. */
  static List<URI> candidates(Path etcApt, String suite) {
    List<AptSource> sources = new ArrayList<>();
    for (Path file : files(etcApt)) {
      List<String> lines = lines(file);
      sources.addAll(file.toString().endsWith(".sources") ? deb822(lines) : oneLine(lines));
    }
    return sources.stream()
        .filter(AptSource::plausible)
        .sorted(Comparator.comparing(source -> !source.suites().contains(suite)))
        .map(AptSource::uri)
        .distinct()
        .toList();
  }

  private static List<Path> files(Path etcApt) {
    List<Path> files = new ArrayList<>(List.of(etcApt.resolve("sources.list")));
    try (Stream<Path> parts = Files.list(etcApt.resolve("sources.list.d"))) {
      parts
          .filter(file -> file.toString().endsWith(".list") || file.toString().endsWith(".sources"))
          .sorted()
          .forEach(files::add);
    } catch (IOException e) {
      // Not a system with APT, or without that folder.
    }
    return files;
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      return List.of();
    }
  }

  /** The format with one archive a line: {@code deb [options] uri suite component...}. */
  static List<AptSource> oneLine(List<String> lines) {
    List<AptSource> sources = new ArrayList<>();
    for (String line : lines) {
      Matcher matcher = ONE_LINE.matcher(line.replaceFirst("#.*", "").strip());
      if (matcher.matches()) {
        uri(matcher.group(1))
            .map(uri -> new AptSource(uri, words(matcher.group(2)), words(matcher.group(3))))
            .ifPresent(sources::add);
      }
    }
    return sources;
  }

  /** The format of stanzas with fields. */
  static List<AptSource> deb822(List<String> lines) {
    List<AptSource> sources = new ArrayList<>();
    Map<String, String> stanza = new LinkedHashMap<>();
    String field = "";
    for (String line : lines) {
      if (line.startsWith("#")) {
        continue;
      }
      if (line.isBlank()) {
        sources.addAll(stanza(stanza));
        stanza.clear();
      } else if (Character.isWhitespace(line.charAt(0))) {
        stanza.merge(field, line.strip(), (a, b) -> a + " " + b);
      } else if (line.indexOf(':') > 0) {
        int colon = line.indexOf(':');
        field = line.substring(0, colon).strip().toLowerCase(Locale.ROOT);
        stanza.put(field, line.substring(colon + 1).strip());
      }
    }
    sources.addAll(stanza(stanza));
    return sources;
  }

  private static List<AptSource> stanza(Map<String, String> stanza) {
    boolean enabled = !"no".equalsIgnoreCase(stanza.getOrDefault("enabled", "yes"));
    if (!enabled || !words(stanza.getOrDefault("types", "")).contains("deb")) {
      return List.of();
    }
    List<String> suites = words(stanza.getOrDefault("suites", ""));
    List<String> components = words(stanza.getOrDefault("components", ""));
    return words(stanza.getOrDefault("uris", "")).stream()
        .flatMap(word -> uri(word).stream())
        .map(uri -> new AptSource(uri, suites, components))
        .toList();
  }

  private static Optional<URI> uri(String text) {
    try {
      return Optional.of(URI.create(text.endsWith("/") ? text : text + "/"));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static List<String> words(String text) {
    return Arrays.stream(text.strip().split("\\s+")).filter(word -> !word.isEmpty()).toList();
  }
}
