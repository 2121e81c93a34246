import Files
import Testing

@Suite struct PathTests {
    @Test(arguments: [("a/b.txt", "a", "b.txt", "txt"), ("a/b/", "a", "b", ""), ("x.JSONL", ".", "x.JSONL", "jsonl"),
                      ("/x", "/", "x", ""), ("/", "/", "", ""), (".profile", ".", ".profile", ""),
                      ("/a//b.tar.gz", "/a", "b.tar.gz", "gz"), ("dir.d/file", "dir.d", "file", "")])
    func pathsComeApart(path: String, parent: String, name: String, fileExtension: String) {
        #expect(Path.parent(of: path) == parent)
        #expect(Path.name(of: path) == name)
        #expect(Path.fileExtension(of: path) == fileExtension)
    }
}
