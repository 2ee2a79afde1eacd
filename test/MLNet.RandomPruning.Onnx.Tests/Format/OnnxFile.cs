using System.Buffers.Binary;

namespace MLNet.RandomPruning.Onnx.Tests.Format;

/// <summary>A tensor in double precision.</summary>
/// <param name="Type">ONNX's number for the type of its elements.</param>
/// <param name="Shape">Its lengths.</param>
/// <param name="Values">Its elements, row-major.</param>
internal sealed record Tensor(int Type, int[] Shape, double[] Values)
{
    public const int Float = 1, Uint8 = 2, Int8 = 3, Int64 = 7;

    public static int Size(IEnumerable<int> shape) => shape.Aggregate(1, (product, length) => product * length);
}

/// <summary>A tensor that is stored sparsely.</summary>
/// <param name="Dense">The tensor.</param>
/// <param name="Stored">How many values are stored.</param>
internal sealed record SparseTensor(Tensor Dense, int Stored);

/// <summary>One node.</summary>
internal sealed record Node(string Operation, string Name, string[] Inputs, string[] Outputs, Dictionary<string, object> Attributes);

/// <summary>An input or an output: its dimensions are numbers or names.</summary>
internal sealed record GraphValue(string Name, int Type, string[] Shape, string Description);

/// <summary>
/// An ONNX file, read by the field numbers of the specification. A field that it does not know is an error, since nobody else would
/// know what was meant by it either.
/// </summary>
internal sealed class OnnxFile
{
    private OnnxFile(ReadOnlyMemory<byte> bytes)
    {
        foreach (var field in ProtoReader.Fields(bytes))
        {
            switch (field.Number)
            {
                case 1: IrVersion = field.Integer; break;
                case 2: Producer = field.Text; break;
                case 3: ProducerVersion = field.Text; break;
                case 6: Description = field.Text; break;
                case 7: ReadGraph(field.Message); break;
                case 8: OperatorSets.Add(ReadPair(field.Message, version => version.Integer)); break;
                case 14: Metadata.Add(ReadPair(field.Message, value => value.Text)); break;
                default: throw Unknown("ModelProto", field);
            }
        }
    }

    public long IrVersion { get; }

    public string Producer { get; } = "";

    public string ProducerVersion { get; } = "";

    public string Description { get; } = "";

    public string GraphName { get; private set; } = "";

    public string GraphDescription { get; private set; } = "";

    public List<KeyValuePair<string, long>> OperatorSets { get; } = [];

    public List<KeyValuePair<string, string>> Metadata { get; } = [];

    public List<Node> Nodes { get; } = [];

    public List<GraphValue> Inputs { get; } = [];

    public List<GraphValue> Outputs { get; } = [];

    /// <summary>The graph's initializers.</summary>
    public List<KeyValuePair<string, Tensor>> Constants { get; } = [];

    /// <summary>The names of the constants that are stored sparsely, with the number of their values.</summary>
    public Dictionary<string, int> Sparse => Nodes.Where(node => node.Operation == "Constant")
        .ToDictionary(node => node.Outputs.Single(), node => ((SparseTensor)node.Attributes["sparse_value"]).Stored);

    public static OnnxFile Read(byte[] bytes) => new(bytes);

    private void ReadGraph(ReadOnlyMemory<byte> graph)
    {
        foreach (var field in ProtoReader.Fields(graph))
        {
            switch (field.Number)
            {
                case 1: Nodes.Add(ReadNode(field.Message)); break;
                case 2: GraphName = field.Text; break;
                case 5: Constants.Add(ReadTensor(field.Message)); break;
                case 10: GraphDescription = field.Text; break;
                case 11: Inputs.Add(ReadValue(field.Message)); break;
                case 12: Outputs.Add(ReadValue(field.Message)); break;
                default: throw Unknown("GraphProto", field);
            }
        }
    }

    private static Node ReadNode(ReadOnlyMemory<byte> node)
    {
        string operation = "", name = "";
        var (inputs, outputs, attributes) = (new List<string>(), new List<string>(), new Dictionary<string, object>());
        foreach (var field in ProtoReader.Fields(node))
        {
            switch (field.Number)
            {
                case 1: inputs.Add(field.Text); break;
                case 2: outputs.Add(field.Text); break;
                case 3: name = field.Text; break;
                case 4: operation = field.Text; break;
                case 5:
                    var (key, value) = ReadAttribute(field.Message);
                    attributes.Add(key, value);
                    break;
                default: throw Unknown("NodeProto", field);
            }
        }

        return new(operation, name, [.. inputs], [.. outputs], attributes);
    }

    private static (string Name, object Value) ReadAttribute(ReadOnlyMemory<byte> attribute)
    {
        string name = "";
        long type = 0;
        var fields = new Dictionary<int, object>();
        foreach (var field in ProtoReader.Fields(attribute))
        {
            switch (field.Number)
            {
                case 1: name = field.Text; break;
                case 2: fields[1] = field.Float; break;
                case 3: fields[2] = field.Integer; break;
                case 8: fields[7] = (long[])[.. fields.TryGetValue(7, out object? before) ? (long[])before : [], field.Integer]; break;
                case 20: type = field.Integer; break;
                case 22: fields[11] = ReadSparse(field.Message); break;
                default: throw Unknown("AttributeProto", field);
            }
        }

        Assert.AreEqual(type, fields.Keys.Single(), $"the type of attribute '{name}'");
        return (name, fields[(int)type]);
    }

    private static GraphValue ReadValue(ReadOnlyMemory<byte> value)
    {
        var fields = ProtoReader.Fields(value).ToDictionary(field => field.Number);
        var tensor = ProtoReader.Fields(ProtoReader.Fields(fields[2].Message).Single(field => field.Number == 1).Message).ToDictionary(field => field.Number);
        string[] shape =
        [
            .. ProtoReader.Fields(tensor[2].Message).Select(dimension => ProtoReader.Fields(dimension.Message).Single())
                .Select(length => length.Number == 1 ? $"{length.Integer}" : length.Text),
        ];
        return new(fields[1].Text, (int)tensor[1].Integer, shape, fields[3].Text);
    }

    private static KeyValuePair<string, Tensor> ReadTensor(ReadOnlyMemory<byte> tensor)
    {
        var shape = new List<int>();
        int type = 0;
        string name = "";
        ReadOnlyMemory<byte> raw = default;
        foreach (var field in ProtoReader.Fields(tensor))
        {
            switch (field.Number)
            {
                case 1: shape.Add((int)field.Integer); break;
                case 2: type = (int)field.Integer; break;
                case 8: name = field.Text; break;
                case 9: raw = field.Message; break;
                default: throw Unknown("TensorProto", field);
            }
        }

        int size = type switch { Tensor.Float => 4, Tensor.Int8 => 1, Tensor.Int64 => 8, _ => throw new InvalidDataException($"'{name}' is of type {type}.") };
        Assert.AreEqual(Tensor.Size(shape) * size, raw.Length, $"the bytes of '{name}' [{string.Join(", ", shape)}]");
        double[] values =
        [
            .. Enumerable.Range(0, raw.Length / size).Select(index => raw.Span[(index * size)..] is var bytes && type == Tensor.Float
                ? BinaryPrimitives.ReadSingleLittleEndian(bytes)
                : type == Tensor.Int8 ? (double)(sbyte)bytes[0] : BinaryPrimitives.ReadInt64LittleEndian(bytes)),
        ];
        return new(name, new(type, [.. shape], values));
    }

    private static SparseTensor ReadSparse(ReadOnlyMemory<byte> sparse)
    {
        var fields = ProtoReader.Fields(sparse).ToLookup(field => field.Number);
        int[] shape = [.. fields[3].Select(field => (int)field.Integer)];
        var values = ReadTensor(fields[1].Single().Message).Value;
        var indices = ReadTensor(fields[2].Single().Message).Value;
        Assert.AreEqual(Tensor.Int64, indices.Type);
        CollectionAssert.AreEqual(values.Shape, indices.Shape);
        Assert.HasCount(1, values.Shape);
        var dense = new double[Tensor.Size(shape)];
        double last = -1;
        foreach (var (index, value) in indices.Values.Zip(values.Values))
        {
            Assert.IsGreaterThan(last, index, "the indices of a sparse tensor do not ascend");
            dense[(int)index] = value;
            last = index;
        }

        return new(new(values.Type, shape, dense), values.Values.Length);
    }

    private static KeyValuePair<string, T> ReadPair<T>(ReadOnlyMemory<byte> pair, Func<ProtoField, T> valueOf)
    {
        var fields = ProtoReader.Fields(pair).ToDictionary(field => field.Number);
        return new(fields[1].Text, valueOf(fields[2]));
    }

    private static InvalidDataException Unknown(string message, ProtoField field) => new($"{message} has no field {field.Number} that this reader knows.");
}
