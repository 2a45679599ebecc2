import java.io.IOException;
import java.nio.file.Path;

/**
 * Writes what Atoll is installed from: an archive, a Debian package or an OCI image. Run by
 * {@code package.sh}; equal trees give equal bytes.
 */
final class Package {
  private Package() {}

  /**
   * @param args the kind ({@code archive}, {@code deb} or {@code oci}), Atoll's version, the tree
   *     that is installed, the files of a system below it, and the folder to write to
   */
  public static void main(String[] args) throws IOException {
    String version = args[1];
    Path tree = Path.of(args[2]);
    Path base = Path.of(args[3]);
    Path folder = Path.of(args[4]);
    Path made =
        switch (args[0]) {
          case "archive" -> archive(tree, folder);
          case "deb" -> new DebianPackage(version, tree).write(folder);
          case "oci" -> new OciImage(version, tree, base).write(folder);
          default -> throw new IllegalArgumentException(args[0]);
        };
    System.out.printf("wrote %s (%d MB)%n", made, made.toFile().length() / 1_000_000);
  }

  private static Path archive(Path tree, Path folder) throws IOException {
    Path file = folder.resolve(tree.getFileName() + ".tar.gz");
    PackedFile.write(
        file,
        out -> {
          try (PackedTree tar = PackedTree.zipped(out)) {
            for (Path each : PackedTree.files(tree)) {
              tar.add(each, tree.getFileName() + "/" + tree.relativize(each));
            }
          }
        });
    return file;
  }
}
