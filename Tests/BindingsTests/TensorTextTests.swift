import Testing

@Suite("Tensors as text")
struct TensorTextTests {
    private func text(_ code: String) throws -> String { try LuaSession().text("return " + code) }

    @Test("show numbers in columns of one width, type and shape last")
    func matrix() throws {
        #expect(try text("tostring(sentx.tensor({ {1.5, -20.25}, {0.125, 3} }))") == """
               1.5000 -20.2500
               0.1250   3.0000
            float32 tensor of shape [2, 2]
            """)
        #expect(try text("tostring(sentx.tensor({1, 20, -3}))") == """
              1 20 -3
            int64 tensor of shape [3]
            """)
        #expect(try text("tostring(sentx.tensor({true, false}))") == """
              true false
            bool tensor of shape [2]
            """)
        #expect(try text("tostring(sentx.tensor(2.5))") == """
             2.5000
            float32 tensor without dimensions
            """)
        #expect(try text("tostring(sentx.zeros(0, 3))") == "float32 tensor of shape [0, 3]")
    }

    @Test("take a common power of ten out of large and small numbers")
    func scale() throws {
        #expect(try text("tostring(sentx.tensor({123456.5, -0.1}))") == """
            1e5 *
             1.2346 0.0000
            float32 tensor of shape [2]
            """)
        #expect(try text("tostring(sentx.tensor({0.00025, 0.0001}))") == """
            1e-4 *
             2.5000 1.0000
            float32 tensor of shape [2]
            """)
        #expect(try text("tostring(sentx.tensor({0/0, 1/0, -1/0, 1.5}))") == """
                nan    inf   -inf 1.5000
            float32 tensor of shape [4]
            """)
    }

    @Test("cut long rows and columns in the middle")
    func cut() throws {
        let lines = try text("tostring(sentx.zeros(100, 100) + 0.5)").split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count == 22)
        #expect(lines.allSatisfy { $0.count <= 80 })
        #expect(lines[0] == " 0.5000 0.5000 0.5000 0.5000 0.5000 ... 0.5000 0.5000 0.5000 0.5000 0.5000")
        #expect(lines[10] == " ...")
        #expect(lines[21] == "float32 tensor of shape [100, 100]")
    }

    @Test("show matrices of further dimensions under their indices")
    func threeDimensions() throws {
        #expect(try text("tostring(sentx.arange(8):reshape(2, 2, 2))") == """
            [1]
             0 1
             2 3

            [2]
             4 5
             6 7
            int64 tensor of shape [2, 2, 2]
            """)
    }

    @Test("mention gradients")
    func gradients() throws {
        #expect(try text("tostring(sentx.zeros(1, { requires_grad = true }))") == " 0\nfloat32 tensor of shape [1], requires grad")
        #expect(try text("tostring(sentx.zeros(1, { requires_grad = true }):exp())") == " 1\nfloat32 tensor of shape [1], computed by exp")
    }
}
