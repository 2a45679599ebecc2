package atoll.scenario;

import atoll.image.Recipe;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Reads which image a virtual machine starts from: its name or its recipe, or more. */
final class ImageReader {
  /** The key. */
  static final String IMAGE = "image";

  private static final String NAMES = "the name of an image, such as debian, or a recipe: my.yaml";

  private final FileReader files;
  private final String system;
  private final ImageLookup images;

  /**
   * @param system tells this scenario's disks from those of others
   */
  ImageReader(FileReader files, String system, ImageLookup images) {
    this.files = files;
    this.system = system;
    this.images = images;
  }

  /** The guest of a VM that has the key. */
  Optional<Guest> read(String vm, YamlFields fields) {
    List.of("builtin", "kernel", "firmware", "uefi", "initrd", "dtb")
        .forEach(key -> fields.refuse(key, "an image brings all that it needs; leave it out"));
    YamlValue value = fields.get(IMAGE).orElseThrow();
    Optional<ImageChoice> choice = choice(value, new ImageChoice.Owner(system, vm));
    Optional<Recipe.Boot> boot = choice.flatMap(images::boot);
    if (choice.isPresent() && boot.isEmpty()) {
      value.reject(
          "there is no image '%s'; 'atoll image list' shows those that there are, expected one of them, debian, or a recipe"
              .formatted(choice.get().name()));
    }
    if (boot.isPresent() && boot.get() == Recipe.Boot.UEFI) {
      fields.refuse(
          "append",
          "firmware starts %s, which has a kernel and a command line of its own; leave it out"
              .formatted(choice.get().name()));
    }
    return boot.map(
        how -> new Guest.Image(choice.get(), how, fields.get("append", YamlValue::text, "")));
  }

  private Optional<ImageChoice> choice(YamlValue value, ImageChoice.Owner owner) {
    if (!value.isMapping()) {
      return value
          .text()
          .flatMap(text ->
              text.matches(".*\\.ya?ml")
                  ? made(value, false, owner)
                  : named(value, text, false, owner));
    }
    YamlFields fields = value.fields("name", "recipe", "fresh").orElseThrow();
    boolean fresh = fields.get("fresh", YamlValue::flag, false);
    Optional<YamlValue> recipe = fields.get("recipe");
    if (recipe.isPresent()) {
      fields.refuse("name", "the recipe says what the image is called; leave one of the two out");
      return made(recipe.get(), fresh, owner);
    }
    return fields
        .require("name", "debian")
        .flatMap(name -> name.text().flatMap(text -> named(name, text, fresh, owner)));
  }

  private static Optional<ImageChoice> named(
      YamlValue value, String name, boolean fresh, ImageChoice.Owner owner) {
    if (!Recipe.NAME.matcher(name).matches()) {
      value.reject("'%s' is not an image, expected %s".formatted(name, NAMES));
      return Optional.empty();
    }
    return Optional.of(new ImageChoice(name, Optional.empty(), fresh, owner));
  }

  private Optional<ImageChoice> made(YamlValue value, boolean fresh, ImageChoice.Owner owner) {
    return files
        .read(value)
        .flatMap(file -> recipe(value, file))
        .map(recipe -> new ImageChoice(recipe.name(), Optional.of(recipe), fresh, owner));
  }

  /** What is wrong with a recipe is said as the recipe's own reader says it, the first of it. */
  private static Optional<Recipe> recipe(YamlValue value, Path file) {
    try {
      return Optional.of(RecipeReader.read(file));
    } catch (ScenarioException e) {
      int others = e.problems().size() - 1;
      value.reject(
          "the recipe cannot be used: %s%s"
              .formatted(
                  e.problems().getFirst(), others == 0 ? "" : "; and %d more".formatted(others)));
      return Optional.empty();
    }
  }
}
