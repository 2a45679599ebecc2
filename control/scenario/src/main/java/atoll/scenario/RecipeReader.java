package atoll.scenario;

import atoll.host.HostException;
import atoll.image.BaseSystem;
import atoll.image.ByteSize;
import atoll.image.GuestPath;
import atoll.image.MirrorAddress;
import atoll.image.Recipe;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Reads the recipe of an image from a YAML file and says at once all that is wrong with it. The
 * format is described in docs/disk-images.md and docs/recipe.schema.json.
 */
public final class RecipeReader {
  /** The recipe that comes with Atoll. */
  public static final String DEBIAN = "debian";

  private static final String USUAL_RELEASE = "trixie";
  private static final long USUAL_SIZE = 8L << 30;

  private static final int READABLE = 0644;
  private static final int EXECUTABLE = 0755;

  private static final Pattern MODE = Pattern.compile("0?[0-7]{3}|[0-7]{4}");
  private static final String MODES = "permissions in quotes, such as \"0644\"";

  private final String name;
  private final FileReader files;

  private RecipeReader(String name, Path folder) {
    this.name = name;
    files = new FileReader(folder);
  }

  /**
   * Reads a file.
   *
   * @throws ScenarioException if it cannot be read or is not a recipe
   */
  public static Recipe read(Path file) {
    Problems problems = new Problems(file.toString());
    YamlFile yaml = new YamlFile(file.toString(), "a recipe", problems);
    String name = file.getFileName().toString().replaceFirst("\\.ya?ml$", "");
    return new RecipeReader(name, file.toAbsolutePath().getParent())
        .read(yaml, yaml.text(file).words(), problems);
  }

  /** The recipe that comes with Atoll under the name {@value #DEBIAN}. */
  public static Recipe debian() {
    Problems problems = new Problems(DEBIAN + ".yaml");
    YamlFile yaml = new YamlFile(DEBIAN + ".yaml", "a recipe", problems);
    return new RecipeReader(DEBIAN, Path.of("/")).read(yaml, debianText(), problems);
  }

  /** The text of that recipe, to begin one's own with. */
  public static String debianText() {
    try (InputStream in = RecipeReader.class.getResourceAsStream(DEBIAN + ".yaml")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new HostException("the installation is damaged: debian.yaml cannot be read", e);
    }
  }

  private Recipe read(YamlFile yaml, String text, Problems problems) {
    Optional<Recipe> recipe =
        recipe(yaml.root(text, "expected for example packages: [openssh-server]"), problems);
    problems.throwIfAny();
    return recipe.orElseThrow();
  }

  private Optional<Recipe> recipe(YamlValue root, Problems problems) {
    Optional<YamlFields> keys =
        root.fields(
            "name",
            "release",
            "mirror",
            "base",
            "packages",
            "recommends",
            "size",
            "hostname",
            "files",
            "commands",
            "boot");
    if (keys.isEmpty()) {
      return Optional.empty();
    }
    YamlFields fields = keys.get();
    String image =
        fields.get("name").isPresent()
            ? fields.get("name", v -> word(v, Recipe.NAME, VmReader.NAMES), name)
            : nameOfFile(problems);
    String release =
        fields.get(
            "release",
            v -> word(v, Recipe.RELEASE, "a code name of Debian, such as trixie"),
            USUAL_RELEASE);
    Optional<String> mirror = fields.get("mirror").flatMap(RecipeReader::mirror);
    BaseSystem base = fields.get("base", v -> v.constant(BaseSystem.class), BaseSystem.REQUIRED);
    List<String> packages =
        fields.get(
            "packages",
            v -> words(v, Recipe.PACKAGE, "the name of a package, such as openssh-server"),
            List.of());
    boolean recommends = fields.get("recommends", YamlValue::flag, false);
    long size = fields.get("size", RecipeReader::size, USUAL_SIZE);
    String hostname =
        fields.get(
            "hostname",
            v -> word(v, Recipe.HOSTNAME, "lower-case letters, digits and hyphens"),
            image);
    Map<String, Recipe.AddedFile> added = fields.get("files", this::files, Map.of());
    List<String> commands = fields.get("commands", RecipeReader::commands, List.of());
    Recipe.Boot boot = fields.get("boot", v -> v.constant(Recipe.Boot.class), Recipe.Boot.KERNEL);
    if (problems.count() > 0) {
      return Optional.empty();
    }
    return Optional.of(
        new Recipe(
            image,
            release,
            mirror,
            base,
            packages,
            recommends,
            size,
            hostname,
            added,
            commands,
            boot));
  }

  /** The file's name, if it can be that of an image; else the user has to give one. */
  private String nameOfFile(Problems problems) {
    if (!Recipe.NAME.matcher(name).matches()) {
      problems.add(
          "",
          "the image cannot be called '%s' as the file is, expected the key name with %s"
              .formatted(name, VmReader.NAMES));
    }
    return name;
  }

  private static Optional<String> word(YamlValue value, Pattern form, String expected) {
    return value
        .text()
        .filter(text -> {
          boolean fits = form.matcher(text).matches();
          if (!fits) {
            value.reject("found '%s', expected %s".formatted(text, expected));
          }
          return fits;
        });
  }

  private static Optional<List<String>> words(YamlValue value, Pattern form, String expected) {
    List<String> words = new ArrayList<>();
    for (YamlValue item : value.items().orElse(List.of())) {
      word(item, form, expected)
          .ifPresent(word -> {
            if (words.contains(word)) {
              item.reject("%s is there already; leave it out".formatted(word));
            }
            words.add(word);
          });
    }
    return Optional.of(words);
  }

  private static Optional<String> mirror(YamlValue value) {
    return value
        .text()
        .filter(text -> {
          boolean fits = MirrorAddress.parse(text).isPresent();
          if (!fits) {
            value.reject(MirrorAddress.refusal(text));
          }
          return fits;
        });
  }

  private static Optional<Long> size(YamlValue value) {
    return value
        .size(Recipe.SMALLEST)
        .filter(bytes -> {
          if (bytes > Recipe.LARGEST) {
            value.reject(
                "%s are too much for a disk, expected at most %s"
                    .formatted(ByteSize.format(bytes), ByteSize.format(Recipe.LARGEST)));
          }
          return bytes <= Recipe.LARGEST;
        });
  }

  private static Optional<List<String>> commands(YamlValue value) {
    List<String> commands = new ArrayList<>();
    value.items().orElse(List.of()).forEach(item -> item.text().ifPresent(commands::add));
    return Optional.of(commands);
  }

  private Optional<Map<String, Recipe.AddedFile>> files(YamlValue value) {
    Map<String, Recipe.AddedFile> added = new LinkedHashMap<>();
    Map<String, YamlValue> named = value.named(GuestPath.FORM, GuestPath.EXPECTED).orElse(Map.of());
    named.forEach((path, file) -> file(file).ifPresent(found -> added.put(path, found)));
    GuestPath.fileAndFolder(named.keySet())
        .ifPresent(path ->
            named
                .get(path)
                .reject("%s is a file here, and the folder of another file".formatted(path)));
    return Optional.of(added);
  }

  /** A file's name; or a mapping with that or the text itself, and permissions. */
  private Optional<Recipe.AddedFile> file(YamlValue value) {
    if (!value.isMapping()) {
      return hostFile(value)
          .map(path -> added(path, Files.isExecutable(path) ? EXECUTABLE : READABLE));
    }
    YamlFields fields = value.fields("file", "text", "mode").orElseThrow();
    int mode =
        fields.get(
            "mode", v -> word(v, MODE, MODES).map(octal -> Integer.parseInt(octal, 8)), READABLE);
    Optional<YamlValue> text = fields.get("text");
    if (text.isPresent()) {
      fields.refuse("file", "the file's text is given already; leave one of the two out");
      return text.get().text().map(words -> new Recipe.AddedFile(Optional.empty(), words, mode));
    }
    return fields
        .require("file", "motd.txt")
        .flatMap(this::hostFile)
        .map(path -> added(path, mode));
  }

  private static Recipe.AddedFile added(Path file, int mode) {
    return new Recipe.AddedFile(Optional.of(file), "", mode);
  }

  /** A file of the host that is not too long. */
  private Optional<Path> hostFile(YamlValue value) {
    return files
        .read(value)
        .filter(path -> {
          boolean fits = path.toFile().length() <= Recipe.AddedFile.LONGEST;
          if (!fits) {
            value.reject(
                "%s has more than %s; put it on a disk, or into a package"
                    .formatted(path, ByteSize.format(Recipe.AddedFile.LONGEST)));
          }
          return fits;
        });
  }
}
