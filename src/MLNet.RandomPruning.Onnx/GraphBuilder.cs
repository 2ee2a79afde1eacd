using System.Buffers.Binary;
using Google.Protobuf;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Onnx.Format;

namespace MLNet.RandomPruning.Onnx;

/// <summary>Puts a graph together: nodes in the order in which they are added, constants, inputs and outputs. Every name is given once.</summary>
internal sealed class GraphBuilder(Network network)
{
    private const int IndexSize = sizeof(long);

    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    /// <summary>The graph.</summary>
    public GraphProto Graph { get; } = new() { Name = network.Name };

    /// <summary>Adds a node with one output, which has the node's name.</summary>
    /// <returns>The output's name.</returns>
    public string AddNode(string operation, string output, string[] inputs, params AttributeProto[] attributes)
    {
        Define(output);
        Graph.Node.Add(new NodeProto { OpType = operation, Name = output, Input = { inputs }, Output = { output }, Attribute = { attributes } });
        return output;
    }

    /// <summary>Adds a constant of floats.</summary>
    /// <returns>Its name.</returns>
    public string AddConstant(string name, int[] shape, ReadOnlySpan<float> values)
    {
        Graph.Initializer.Add(Tensor(name, TensorProto.Types.DataType.Float, Lengths(shape), LittleEndian(values)));
        return Define(name);
    }

    /// <summary>
    /// Adds the kept weights of a layer as a constant: dense with zeros between them or, where that is asked for and smaller, sparse. A sparse
    /// one is a node, whose output is a dense tensor for every reader; one among the graph's sparse initializers has a sparse type,
    /// which no operator takes when types are checked strictly.
    /// </summary>
    /// <param name="name">The constant's name, which is returned.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="indices">The row-major indices of the kept weights, ascending.</param>
    /// <param name="type">The type of the values.</param>
    /// <param name="values">The kept values, little-endian.</param>
    /// <param name="mayBeSparse">Whether it may be written sparsely.</param>
    public string AddWeights(string name, WeightLayer layer, int[] indices, TensorProto.Types.DataType type, byte[] values, bool mayBeSparse)
    {
        int size = SizeOf(type);
        if (mayBeSparse && SparseBytes(indices.Length, size) < DenseBytes(layer, size))
        {
            return AddNode("Constant", name, [], new AttributeProto
            {
                Name = "sparse_value", Type = AttributeProto.Types.AttributeType.SparseTensor, SparseTensor = Sparse(name, layer, indices, type, values),
            });
        }

        Graph.Initializer.Add(Tensor(name, type, Lengths(layer.WeightShape), Scatter(values, indices, size, layer.WeightCount)));
        return Define(name);
    }

    /// <summary>The bytes that <see cref="AddWeights"/> takes for a layer.</summary>
    public static long WeightBytes(WeightLayer layer, int kept, TensorProto.Types.DataType type, bool mayBeSparse)
    {
        long dense = DenseBytes(layer, SizeOf(type));
        return mayBeSparse ? Math.Min(dense, SparseBytes(kept, SizeOf(type))) : dense;
    }

    /// <summary>Adds an input of the graph.</summary>
    public void AddInput(string name, TensorProto.Types.DataType type, TensorShapeProto shape, string description)
    {
        Graph.Input.Add(Value(name, type, shape, description));
        Define(name);
    }

    /// <summary>Adds an output of the graph: a value that a node gives.</summary>
    public void AddOutput(string name, TensorProto.Types.DataType type, TensorShapeProto shape, string description) =>
        Graph.Output.Add(Value(name, type, shape, description));

    /// <summary>A shape whose first dimension is the batch.</summary>
    public static TensorShapeProto BatchOf(params int[] lengths)
    {
        var shape = new TensorShapeProto { Dim = { new TensorShapeProto.Types.Dimension { DimParam = "batch" } } };
        shape.Dim.AddRange(lengths.Select(length => new TensorShapeProto.Types.Dimension { DimValue = length }));
        return shape;
    }

    /// <summary>An attribute that is a whole number.</summary>
    public static AttributeProto Integer(string name, long value) => new() { Name = name, Type = AttributeProto.Types.AttributeType.Int, I = value };

    /// <summary>An attribute that is a list of whole numbers.</summary>
    public static AttributeProto Integers(string name, params long[] values) => new() { Name = name, Type = AttributeProto.Types.AttributeType.Ints, Ints = { values } };

    /// <summary>An attribute that is a float.</summary>
    public static AttributeProto Number(string name, float value) => new() { Name = name, Type = AttributeProto.Types.AttributeType.Float, F = value };

    /// <summary>The bytes of floats as the format wants them.</summary>
    public static byte[] LittleEndian(ReadOnlySpan<float> values)
    {
        byte[] bytes = new byte[values.Length * sizeof(float)];
        for (int index = 0; index < values.Length; index++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(index * sizeof(float)), values[index]);
        }

        return bytes;
    }

    private static byte[] LittleEndian(ReadOnlySpan<int> indices)
    {
        byte[] bytes = new byte[indices.Length * IndexSize];
        for (int index = 0; index < indices.Length; index++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(index * IndexSize), indices[index]);
        }

        return bytes;
    }

    // One linear index a value takes the least room of the forms that the format has.
    private static SparseTensorProto Sparse(string name, WeightLayer layer, int[] indices, TensorProto.Types.DataType type, byte[] values)
    {
        long[] length = [indices.Length];
        return new SparseTensorProto
        {
            Values = Tensor(name, type, length, values), Indices = Tensor($"{name}.indices", TensorProto.Types.DataType.Int64, length, LittleEndian(indices)), Dims = { Lengths(layer.WeightShape) },
        };
    }

    private static byte[] Scatter(ReadOnlySpan<byte> values, int[] indices, int size, int length)
    {
        byte[] dense = new byte[length * size];
        for (int j = 0; j < indices.Length; j++)
        {
            values.Slice(j * size, size).CopyTo(dense.AsSpan(indices[j] * size));
        }

        return dense;
    }

    private static TensorProto Tensor(string name, TensorProto.Types.DataType type, IEnumerable<long> shape, byte[] values) =>
        new() { Name = name, DataType = (int)type, Dims = { shape }, RawData = UnsafeByteOperations.UnsafeWrap(values) };

    private static ValueInfoProto Value(string name, TensorProto.Types.DataType type, TensorShapeProto shape, string description) => new()
    {
        Name = name, DocString = description, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = shape } },
    };

    private static IEnumerable<long> Lengths(IEnumerable<int> shape) => shape.Select(length => (long)length);

    private string Define(string name) =>
        _names.Add(name) ? name : throw new NotSupportedException($"{network.Name} cannot be written as ONNX: two of its values would be named '{name}'.");

    private static int SizeOf(TensorProto.Types.DataType type) => type == TensorProto.Types.DataType.Float ? sizeof(float) : sizeof(sbyte);

    private static long DenseBytes(WeightLayer layer, int size) => (long)layer.WeightCount * size;

    private static long SparseBytes(int kept, int size) => (long)kept * (size + IndexSize);
}
