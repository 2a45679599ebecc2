package atoll.image;

import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An archive's description of one suite: the file {@code Release}.
 *
 * @param codename of Debian's release, such as {@code trixie}
 * @param date when the archive was in this state
 * @param validUntil when it is to be newer, where the archive promises that
 * @param files what it has, by name below the suite's folder
 */
record ReleaseFile(
    String codename, Instant date, Optional<Instant> validUntil, Map<String, Listed> files) {
  private static final Pattern ENTRY = Pattern.compile(" ([0-9a-f]{64}) +(\\d{1,18}) (\\S+)");

  /** One of its files: the SHA-256 in lower-case hexadecimal, and the size in bytes. */
  record Listed(String sha256, long size) {}

  /**
   * Reads what has been checked.
   *
   * @throws IOException if it lacks a name or a date
   */
  static ReleaseFile read(String text) throws IOException {
    Map<String, String> fields = new HashMap<>();
    Map<String, Listed> files = new HashMap<>();
    String field = "";
    for (String line : text.lines().toList()) {
      Matcher entry = ENTRY.matcher(line);
      int colon = line.indexOf(':');
      if (field.equals("SHA256") && entry.matches()) {
        files.put(entry.group(3), new Listed(entry.group(1), Long.parseLong(entry.group(2))));
      } else if (colon > 0 && !line.startsWith(" ")) {
        field = line.substring(0, colon);
        fields.put(field, line.substring(colon + 1).strip());
      }
    }
    Optional<Instant> date = date(fields, "Date");
    return new ReleaseFile(
        fields.getOrDefault("Codename", fields.getOrDefault("Suite", "")),
        date.orElseThrow(() -> new IOException("its Release file has no Date")),
        date(fields, "Valid-Until"),
        Map.copyOf(files));
  }

  /** Dates are those of mail, in UTC. */
  private static Optional<Instant> date(Map<String, String> fields, String name)
      throws IOException {
    String value = fields.get(name);
    if (value == null) {
      return Optional.empty();
    }
    try {
      String mail = value.replaceFirst(" (UTC|Z)$", " GMT");
      return Optional.of(Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(mail)));
    } catch (DateTimeException e) {
      throw new IOException(
          "its Release file says '%s: %s', which is not a date such as 'Sat, 21 Nov 2026 09:15:44 UTC'"
              .formatted(name, value),
          e);
    }
  }

  /**
   * Makes sure that this is about {@code suite}, and not over: a mirror may offer what was signed
   * for something else, or long ago.
   */
  void require(String suite, Instant now) throws IOException {
    if (!codename.equals(suite)) {
      throw new IOException(
          "what it offers as %s is signed as '%s', another release".formatted(suite, codename));
    }
    if (validUntil.isPresent() && now.isAfter(validUntil.get())) {
      throw new IOException(
          "its list of packages is out of date: of %s and valid until %s; it may have stopped being updated, or this computer's clock is wrong"
              .formatted(date, validUntil.get()));
    }
  }
}
