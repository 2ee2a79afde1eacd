namespace MLNet.RandomPruning.Onnx.Tests.Format;

/// <summary>
/// Computes a graph node by node, in double precision, with loops that follow the definitions of the operators in the ONNX
/// specification and nothing else.
/// </summary>
internal static class OnnxEvaluator
{
    /// <summary>The outputs of a graph by name. A value that is read before it is given is an error.</summary>
    public static Dictionary<string, Tensor> Run(OnnxFile file, Tensor pixels)
    {
        var input = file.Inputs.Single();
        Assert.AreEqual(input.Type, pixels.Type);
        var values = new Dictionary<string, Tensor>(file.Constants) { { input.Name, pixels } };
        foreach (var node in file.Nodes)
        {
            Tensor[] inputs = [.. node.Inputs.Select(name => values[name])];
            values.Add(node.Outputs.Single(), Compute(node, inputs));
        }

        return file.Outputs.ToDictionary(output => output.Name, output => values[output.Name]);
    }

    private static Tensor Compute(Node node, Tensor[] inputs)
    {
        if (node.Operation == "Constant")
        {
            return ((SparseTensor)node.Attributes["sparse_value"]).Dense;
        }

        var x = inputs[0];
        switch (node.Operation)
        {
            case "Cast":
                return x with { Type = (int)(long)node.Attributes["to"] };
            case "Transpose":
                return Transpose(x, Integers(node, "perm"));
            case "Sub":
                return Broadcast(x, inputs[1], (a, b) => a - b);
            case "Div":
                return Broadcast(x, inputs[1], (a, b) => a / b);
            case "Add":
                return Broadcast(x, inputs[1], (a, b) => a + b);
            case "Relu":
                return x with { Values = [.. x.Values.Select(value => Math.Max(value, 0))] };
            case "Conv":
                return Convolve(node, x, inputs[1], inputs.ElementAtOrDefault(2));
            case "BatchNormalization":
                return Normalize(node, inputs);
            case "GlobalAveragePool":
                int plane = Tensor.Size(x.Shape[2..]);
                return new(x.Type, [x.Shape[0], x.Shape[1], .. x.Shape[2..].Select(_ => 1)], [.. x.Values.Chunk(plane).Select(values => values.Average())]);
            case "Flatten":
                int axis = (int)Integer(node, "axis");
                return x with { Shape = [Tensor.Size(x.Shape[..axis]), Tensor.Size(x.Shape[axis..])] };
            case "Gemm":
                return Multiply(node, x, inputs[1], inputs[2]);
            case "Softmax":
                return Softmax(node, x);
            case "ArgMax":
                return ArgMax(node, x);
            case "DequantizeLinear":
                return Dequantize(node, x, inputs[1]);
            default:
                throw new NotSupportedException(node.Operation);
        }
    }

    private static long Integer(Node node, string attribute) => (long)node.Attributes[attribute];

    private static int[] Integers(Node node, string attribute) => [.. ((long[])node.Attributes[attribute]).Select(value => (int)value)];

    private static int[] Strides(int[] shape)
    {
        var strides = new int[shape.Length];
        for (int axis = shape.Length - 1, stride = 1; axis >= 0; stride *= shape[axis--])
        {
            strides[axis] = stride;
        }

        return strides;
    }

    private static Tensor Transpose(Tensor x, int[] permutation)
    {
        int[] shape = [.. permutation.Select(axis => x.Shape[axis])];
        int[] from = Strides(x.Shape), to = Strides(shape);
        var values = new double[x.Values.Length];
        for (int index = 0; index < values.Length; index++)
        {
            int source = permutation.Select((axis, place) => index / to[place] % shape[place] * from[axis]).Sum();
            values[index] = x.Values[source];
        }

        return new(x.Type, shape, values);
    }

    // Both have as many dimensions; a length of 1 stands for the other's.
    private static Tensor Broadcast(Tensor a, Tensor b, Func<double, double, double> operation)
    {
        Assert.AreEqual(a.Type, b.Type);
        Assert.HasCount(a.Shape.Length, b.Shape);
        int[] shape = [.. a.Shape.Zip(b.Shape, Math.Max)];
        int[] strides = Strides(shape), ofA = Strides(a.Shape), ofB = Strides(b.Shape);
        var values = new double[Tensor.Size(shape)];
        for (int index = 0; index < values.Length; index++)
        {
            int inA = 0, inB = 0;
            for (int axis = 0; axis < shape.Length; axis++)
            {
                int place = index / strides[axis] % shape[axis];
                Assert.IsTrue(a.Shape[axis] == b.Shape[axis] || a.Shape[axis] == 1 || b.Shape[axis] == 1);
                inA += a.Shape[axis] == 1 ? 0 : place * ofA[axis];
                inB += b.Shape[axis] == 1 ? 0 : place * ofB[axis];
            }

            values[index] = operation(a.Values[inA], b.Values[inB]);
        }

        return new(a.Type, shape, values);
    }

    private static Tensor Convolve(Node node, Tensor x, Tensor w, Tensor? bias)
    {
        int[] strides = Integers(node, "strides"), pads = Integers(node, "pads"), kernel = Integers(node, "kernel_shape");
        var (images, channels, height, width) = (x.Shape[0], x.Shape[1], x.Shape[2], x.Shape[3]);
        CollectionAssert.AreEqual(kernel, w.Shape[2..]);
        Assert.AreEqual(channels, w.Shape[1]);
        Assert.AreEqual(Tensor.Float, w.Type);
        int rows = (height + pads[0] + pads[2] - kernel[0]) / strides[0] + 1, columns = (width + pads[1] + pads[3] - kernel[1]) / strides[1] + 1;
        int[] shape = [images, w.Shape[0], rows, columns];
        var values = new double[Tensor.Size(shape)];
        int next = 0;
        for (int n = 0; n < images; n++)
        for (int o = 0; o < w.Shape[0]; o++)
        for (int row = 0; row < rows; row++)
        for (int column = 0; column < columns; column++)
        {
            double sum = bias?.Values[o] ?? 0;
            for (int c = 0; c < channels; c++)
            for (int i = 0; i < kernel[0]; i++)
            for (int j = 0; j < kernel[1]; j++)
            {
                int y = row * strides[0] + i - pads[0], z = column * strides[1] + j - pads[1];
                if (y >= 0 && y < height && z >= 0 && z < width)
                {
                    sum += w.Values[((o * channels + c) * kernel[0] + i) * kernel[1] + j] * x.Values[((n * channels + c) * height + y) * width + z];
                }
            }

            values[next++] = sum;
        }

        return new(x.Type, shape, values);
    }

    private static Tensor Normalize(Node node, Tensor[] inputs)
    {
        var x = inputs[0];
        double[] scale = inputs[1].Values, shift = inputs[2].Values, mean = inputs[3].Values, variance = inputs[4].Values;
        double epsilon = (float)node.Attributes["epsilon"];
        int plane = Tensor.Size(x.Shape[2..]);
        return x with
        {
            Values = [.. x.Values.Select((value, index) => index / plane % x.Shape[1] is var c ? (value - mean[c]) / Math.Sqrt(variance[c] + epsilon) * scale[c] + shift[c] : 0)],
        };
    }

    private static Tensor Multiply(Node node, Tensor a, Tensor b, Tensor c)
    {
        Assert.AreEqual(1, Integer(node, "transB"));
        Assert.AreEqual(a.Shape[1], b.Shape[1]);
        Assert.AreEqual(Tensor.Float, b.Type);
        var (rows, inner, columns) = (a.Shape[0], a.Shape[1], b.Shape[0]);
        return new(a.Type, [rows, columns],
        [
            .. from row in Enumerable.Range(0, rows)
               from column in Enumerable.Range(0, columns)
               select c.Values[column] + Enumerable.Range(0, inner).Sum(k => a.Values[row * inner + k] * b.Values[column * inner + k]),
        ]);
    }

    private static Tensor Softmax(Node node, Tensor x)
    {
        Assert.AreEqual(1, Integer(node, "axis"));
        return x with
        {
            Values = [.. x.Values.Chunk(x.Shape[1]).SelectMany(row => row.Select(value => 1 / row.Sum(other => Math.Exp(other - value))))],
        };
    }

    private static Tensor ArgMax(Node node, Tensor x)
    {
        Assert.AreEqual(1, Integer(node, "axis"));
        Assert.AreEqual(0, Integer(node, "keepdims"));
        return new(Tensor.Int64, [x.Shape[0]], [.. x.Values.Chunk(x.Shape[1]).Select(row => (double)Array.IndexOf(row, row.Max()))]);
    }

    private static Tensor Dequantize(Node node, Tensor x, Tensor scale)
    {
        Assert.AreEqual(0, Integer(node, "axis"));
        Assert.AreEqual(Tensor.Int8, x.Type);
        CollectionAssert.AreEqual(x.Shape[..1], scale.Shape);
        int inner = Tensor.Size(x.Shape[1..]);
        return new(scale.Type, x.Shape, [.. x.Values.Select((value, index) => value * scale.Values[index / inner])]);
    }
}
