namespace MLNet.RandomPruning.Networks;

/// <summary>Strings layers together; each method adds one layer and gives its index.</summary>
internal sealed class NetworkBuilder(ImageShape inputShape)
{
    private readonly List<Layer> _layers = [];

    public IReadOnlyList<Layer> Layers => _layers;

    public int Convolution(string name, int input, int outputs, int kernelSize, int stride) =>
        Add(new ConvolutionLayer(name, input, ShapeOf(input), outputs, kernelSize, stride, padding: kernelSize / 2));

    public int BatchNorm(string name, int input) => Add(new BatchNormLayer(name, input, ShapeOf(input)));

    public int Relu(string name, int input) => Add(new ReluLayer(name, input, ShapeOf(input)));

    public int Add(string name, int left, int right) => Add(new AddLayer(name, left, right, ShapeOf(left)));

    public int GlobalAveragePool(string name, int input) => Add(new GlobalAveragePoolLayer(name, input, ShapeOf(input)));

    public int Linear(string name, int input, int outputs) => Add(new LinearLayer(name, input, ShapeOf(input).Size, outputs));

    private int Add(Layer layer)
    {
        _layers.Add(layer);
        return _layers.Count - 1;
    }

    private ImageShape ShapeOf(int layer) => layer == Layer.Image ? inputShape : _layers[layer].OutputShape;
}
