/// Whole numbers as float32, rounded to nearest.
public func convert(_ input: UnsafePointer<Int64>, into output: UnsafeMutablePointer<Float>, count: Int) {
    for index in 0..<count { output[index] = Float(input[index]) }
}

/// Truth values as 0 and 1.
public func convert(_ input: UnsafePointer<Bool>, into output: UnsafeMutablePointer<Float>, count: Int) {
    for index in 0..<count { output[index] = input[index] ? 1 : 0 }
}

/// Truth values as 0 and 1.
public func convert(_ input: UnsafePointer<Bool>, into output: UnsafeMutablePointer<Int64>, count: Int) {
    for index in 0..<count { output[index] = input[index] ? 1 : 0 }
}

/// Numbers towards zero as int64; those beyond its range become its bounds and NaN becomes 0.
public func convert(_ input: UnsafePointer<Float>, into output: UnsafeMutablePointer<Int64>, count: Int) {
    for index in 0..<count {
        let value = input[index]
        if value >= 0x1p63 {
            output[index] = .max
        } else if value <= -0x1p63 {
            output[index] = .min
        } else {
            output[index] = value == value ? Int64(value) : 0
        }
    }
}

/// Whether each number differs from 0 (NaN does).
public func convert(_ input: UnsafePointer<Float>, into output: UnsafeMutablePointer<Bool>, count: Int) {
    for index in 0..<count { output[index] = input[index] != 0 }
}

/// Whether each number differs from 0.
public func convert(_ input: UnsafePointer<Int64>, into output: UnsafeMutablePointer<Bool>, count: Int) {
    for index in 0..<count { output[index] = input[index] != 0 }
}
