namespace MLNet.RandomPruning.Onnx;

/// <summary>The type of the pixels that an exported network reads.</summary>
public enum OnnxPixelType
{
    /// <summary>Bytes from 0 to 255, as images come from files and cameras: ONNX's uint8.</summary>
    Byte,

    /// <summary>Floats from <see cref="OnnxExportOptions.PixelMinimum"/> to <see cref="OnnxExportOptions.PixelMaximum"/>: ONNX's float.</summary>
    Float,
}
