package atoll.scenario;

import atoll.host.FileFormat;
import atoll.host.HostException;
import atoll.image.Checksum;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.composer.Composer;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlVersionException;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;
import org.snakeyaml.engine.v2.schema.JsonSchema;

/**
 * A YAML file, up to what it says as a whole.
 *
 * @param name of the file, as the user named it
 * @param kind what it is expected to be, such as {@code a scenario}
 * @param problems get what is wrong with it
 */
record YamlFile(String name, String kind, Problems problems) {
  /** Bytes of the longest file; a scenario has a few thousand. */
  private static final int LONGEST = 1 << 20;

  /** Mappings and lists in one another; a scenario has six. */
  private static final int DEEPEST = 64;

  /**
   * What is in a file.
   *
   * @param digest the SHA-512 of the very bytes that are read as words
   */
  record Text(String words, String digest) {}

  /**
   * The text of a file.
   *
   * @throws ScenarioException if it cannot be read, or is not text
   */
  Text text(Path file) {
    try {
      byte[] bytes = bytes(file);
      if (bytes.length > LONGEST) {
        throw failure(
            "the file has more than %,d bytes, expected %s of at most as many"
                .formatted(LONGEST, kind));
      }
      String words = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return new Text(words, Checksum.of(Checksum.Algorithm.SHA512, bytes).hex());
    } catch (NoSuchFileException e) {
      throw failure("there is no such file; check the path");
    } catch (CharacterCodingException e) {
      throw failure(format(file) + ", expected a YAML text");
    } catch (IOException e) {
      throw failure(
          "the file cannot be read (%s); check that it is one".formatted(HostException.reason(e)));
    }
  }

  /** At most what is too long, also from what has no end. */
  private static byte[] bytes(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return in.readNBytes(LONGEST + 1);
    }
  }

  /** The kind of a file that is not text. */
  private static String format(Path file) {
    if (!Files.isRegularFile(file)) {
      return "the file is not UTF-8";
    }
    try (FileChannel open = FileChannel.open(file)) {
      return "the file is " + FileFormat.of(open).map(FileFormat::text).orElse("not UTF-8");
    } catch (IOException e) {
      return "the file is not UTF-8";
    }
  }

  /**
   * What a text says as a whole.
   *
   * @param expected what to say if it is empty
   * @throws ScenarioException if it is empty, or no YAML
   */
  YamlValue root(String text, String expected) {
    Node root = parse(text).orElseThrow(() -> failure("the file is empty, " + expected));
    problems.locate("", root);
    return new YamlValue("", root, problems);
  }

  private Optional<Node> parse(String text) {
    LoadSettings settings =
        LoadSettings.builder()
            .setLabel(name)
            .setSchema(new JsonSchema())
            .setAllowNonScalarKeys(true)
            .build();
    try {
      requireShallow(new ParserImpl(settings, new StreamReader(settings, text)));
      StreamReader characters = new StreamReader(settings, text);
      return new Composer(settings, new ParserImpl(settings, characters)).getSingleNode();
    } catch (MarkedYamlEngineException e) {
      problems.add("", e.getProblemMark(), "this is not YAML: " + e.getProblem());
    } catch (YamlVersionException e) {
      problems.add("", "its first line asks for YAML that is not known here, expected version 1.2");
    } catch (YamlEngineException e) {
      problems.add("", "this is not YAML: " + e.getMessage().lines().findFirst().orElse(""));
    }
    problems.throwIfAny();
    return Optional.empty();
  }

  /** Deeper nesting than any scenario needs would overflow the composer's stack. */
  private void requireShallow(ParserImpl events) {
    int depth = 0;
    while (events.hasNext()) {
      Event event = events.next();
      depth +=
          switch (event.getEventId()) {
            case MappingStart, SequenceStart -> 1;
            case MappingEnd, SequenceEnd -> -1;
            default -> 0;
          };
      if (depth > DEEPEST) {
        problems.add(
            "",
            event.getStartMark(),
            "this is nested more than %d deep, expected %s".formatted(DEEPEST, kind));
        problems.throwIfAny();
      }
    }
  }

  private ScenarioException failure(String message) {
    return new ScenarioException(List.of(new ScenarioProblem(name, 0, 0, "", message)));
  }
}
