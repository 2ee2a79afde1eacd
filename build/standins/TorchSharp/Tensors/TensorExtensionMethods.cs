namespace TorchSharp;

public static class TensorExtensionMethods
{
    /// <summary>The value of a tensor that holds one number of any type.</summary>
    public static float ToSingle(this torch.Tensor value) => Read(value, torch.ScalarType.Float32).item<float>();

    /// <inheritdoc cref="ToSingle"/>
    public static double ToDouble(this torch.Tensor value) => Read(value, torch.ScalarType.Float64).item<double>();

    /// <inheritdoc cref="ToSingle"/>
    public static int ToInt32(this torch.Tensor value) => Read(value, torch.ScalarType.Int32).item<int>();

    /// <inheritdoc cref="ToSingle"/>
    public static long ToInt64(this torch.Tensor value) => Read(value, torch.ScalarType.Int64).item<long>();

    private static torch.Tensor Read(torch.Tensor value, torch.ScalarType type) => value.detach().to(type);
}
