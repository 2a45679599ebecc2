package atoll.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import atoll.image.BaseSystem;
import atoll.image.Recipe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RecipeReaderTest {
  @TempDir private Path folder;
  private final ScenarioSchema schema = new ScenarioSchema(ScenarioSchema.RECIPES);

  private Path file(String text) throws IOException {
    return Files.writeString(folder.resolve("my.yaml"), text);
  }

  private Recipe read(String text) throws IOException {
    Path file = file(text);
    assertThat(schema.problems(file)).isEmpty();
    return RecipeReader.read(file);
  }

  private List<String> problems(String text) throws IOException {
    Path file = file(text);
    return catchThrowableOfType(ScenarioException.class, () -> RecipeReader.read(file))
        .problems()
        .stream()
        .map(problem -> problem.toString().substring(folder.toString().length() + 1))
        .toList();
  }

  @Test
  void aRecipeSaysWhatIsInAnImage() throws IOException {
    Files.writeString(folder.resolve("motd"), "hello");
    Recipe recipe =
        read(
            """
            name: box
            release: forky
            mirror: https://mirror.example/debian
            base: important
            packages: [gcc, libstdc++6]
            recommends: true
            size: 1G
            hostname: box-1
            files:
              /etc/motd: motd
              /etc/cron.d/x: {text: "# nothing\\n", mode: "0600"}
              /etc/x@.conf: {file: motd, mode: "755"}
            commands:
              - echo hello
            boot: uefi
            """);
    assertThat(recipe.name()).isEqualTo("box");
    assertThat(recipe.release()).isEqualTo("forky");
    assertThat(recipe.mirror()).contains("https://mirror.example/debian");
    assertThat(recipe.base()).isEqualTo(BaseSystem.IMPORTANT);
    assertThat(recipe.packages()).containsExactly("gcc", "libstdc++6");
    assertThat(recipe.recommends()).isTrue();
    assertThat(recipe.size()).isEqualTo(1L << 30);
    assertThat(recipe.hostname()).isEqualTo("box-1");
    Path motd = folder.resolve("motd");
    assertThat(recipe.files())
        .containsEntry("/etc/motd", new Recipe.AddedFile(Optional.of(motd), "", 0644))
        .containsEntry("/etc/cron.d/x", new Recipe.AddedFile(Optional.empty(), "# nothing\n", 0600))
        .containsEntry("/etc/x@.conf", new Recipe.AddedFile(Optional.of(motd), "", 0755));
    assertThat(recipe.commands()).containsExactly("echo hello");
    assertThat(recipe.boot()).isEqualTo(Recipe.Boot.UEFI);
  }

  @Test
  void whatIsNotSaidIsUsual() throws IOException {
    Recipe recipe = read("packages: [nano]\n");
    assertThat(recipe.name()).isEqualTo("my");
    assertThat(recipe.hostname()).isEqualTo("my");
    assertThat(recipe.release()).isEqualTo("trixie");
    assertThat(recipe.base()).isEqualTo(BaseSystem.REQUIRED);
    assertThat(recipe.mirror()).isEmpty();
    assertThat(recipe.size()).isEqualTo(8L << 30);
    assertThat(recipe.recommends()).isFalse();
    assertThat(recipe.boot()).isEqualTo(Recipe.Boot.KERNEL);
  }

  @Test
  void theRecipesThatComeWithAtollAreRight() throws IOException {
    assertThat(RecipeReader.debian().packages()).contains("systemd-sysv", "openssh-server");
    assertThat(schema.problems(file(RecipeReader.debianText()))).isEmpty();
    Path example = Path.of("../../examples/images/workshop.yaml");
    assertThat(schema.problems(example)).isEmpty();
    assertThat(RecipeReader.read(example).packages()).contains("gcc");
    Recipe sealed = RecipeReader.read(example.resolveSibling("sealed.yaml"));
    assertThat(sealed.boot()).isEqualTo(Recipe.Boot.VERITY);
    assertThat(sealed.digest()).isNotEqualTo(RecipeReader.debian().digest());
  }

  @Test
  void theTutorialsRecipeIsRightAndItsMistakeIsSaidAsItSays() throws IOException {
    String page = Files.readString(Path.of("../../docs/tutorials/your-own-debian.md"));
    String text = page.substring(page.indexOf("```yaml\n") + 8);
    String recipe = text.substring(0, text.indexOf("```"));
    assertThat(read(recipe + "boot: uefi\n").packages()).contains("systemd-sysv");
    String said = problems(recipe.replace("\nfiles:", "\nfilse:")).getFirst();
    assertThat(page).contains(said.replace("my.yaml", "web.yaml"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "package: [nano]|my.yaml:1:1: package: unknown key; did you mean packages?",
        "packages: nano|my.yaml:1:1: packages: found 'nano', expected a list",
        "packages: [Nano]|my.yaml:1:12: packages[0]: found 'Nano', expected the name of a package",
        "packages: [nano, nano]|my.yaml:1:18: packages[1]: nano is there already; leave it out",
        "base: minimal|my.yaml:1:1: base: 'minimal' is unknown, expected essential, required, important or standard",
        "size: 100M|my.yaml:1:1: size: found '100M', expected a size with a unit, such as 64M, and at least 256M",
        "size: 17T|my.yaml:1:1: size: 17T are too much for a disk, expected at most 16T",
        "size: 8|my.yaml:1:1: size: found 8, expected a size with a unit",
        "release: 13|my.yaml:1:1: release: found 13, expected text",
        "release: Trixie|my.yaml:1:1: release: found 'Trixie', expected a code name of Debian",
        "mirror: ftp://x/|my.yaml:1:1: mirror: 'ftp://x/' is not the address of a mirror",
        "hostname: a_b|my.yaml:1:1: hostname: found 'a_b', expected lower-case letters",
        "recommends: maybe|my.yaml:1:1: recommends: found 'maybe', expected true or false",
        "commands: [1]|my.yaml:1:12: commands[0]: found 1, expected text",
        "files: {etc/x: y}|my.yaml:1:9: files.etc/x: 'etc/x' is not a name, expected a path in the guest",
        "files: {/etc/x: {text: a, mode: rw}}|my.yaml:1:27: files./etc/x.mode: found 'rw', expected permissions in quotes",
        "files: {/etc/x: {}}|my.yaml:1:9: files./etc/x: the key file is missing"
      })
  void whatIsWrongIsSaidWithItsPlace(String text, String problem) throws IOException {
    assertThat(problems(text + "\n")).first().asString().startsWith(problem);
    assertThat(schema.problems(folder.resolve("my.yaml")))
        .hasSizeGreaterThanOrEqualTo(text.contains("17T") || text.contains("100M") ? 0 : 1);
  }

  @Test
  void aMissingFileIsSaid() throws IOException {
    assertThat(problems("files: {/etc/motd: missing.txt}\n"))
        .singleElement()
        .asString()
        .startsWith("my.yaml:1:9: files./etc/motd: ")
        .contains("missing.txt");
  }

  @Test
  void aFileCannotBeAFolderToo() throws IOException {
    assertThat(problems("files: {/etc/x: {text: a}, /etc/x/y: {text: b}}\n"))
        .singleElement()
        .asString()
        .contains("/etc/x is a file here, and the folder of another file");
  }

  @Test
  void allThatIsWrongIsSaidAtOnce() throws IOException {
    assertThat(problems("base: none\nsize: none\nhostname: _\n")).hasSize(3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "# nothing\n"})
  void anEmptyFileIsNoRecipe(String text) throws IOException {
    assertThat(problems(text)).singleElement().asString().contains("the file is empty");
  }

  @Test
  void aFileWhoseNameIsNoneNeedsAKeyForIt() throws IOException {
    Path file = Files.writeString(folder.resolve("My Box.yaml"), "packages: [nano]\n");
    assertThat(catchThrowableOfType(ScenarioException.class, () -> RecipeReader.read(file)))
        .hasMessageContaining("cannot be called 'My Box'");
    Files.writeString(file, "name: box\n");
    assertThat(RecipeReader.read(file).name()).isEqualTo("box");
  }

  @Test
  void recipesThatDifferHaveDifferentDigests() throws IOException {
    String digest = read("packages: [a1, b1]\n").digest();
    assertThat(read("# the same\npackages: [a1, b1]\nbase: required\n").digest()).isEqualTo(digest);
    for (String other :
        List.of(
            "packages: [a1]\n",
            "packages: [a1, b1]\nsize: 9G\n",
            "packages: [a1, b1]\ncommands: [x]\n",
            "packages: [a1, b1]\nfiles: {/a: {text: x}}\n",
            "packages: [a1, b1]\nfiles: {/a: {text: x, mode: \"0600\"}}\n")) {
      assertThat(read(other).digest()).as(other).isNotEqualTo(digest);
    }
  }
}
