namespace MLNet.RandomPruning.Models;

/// <content>Models that PyTorch reads and writes.</content>
public sealed partial class TrainedModel
{
    /// <summary>
    /// Writes a safetensors file that PyTorch loads into the reference network:
    /// <c>network.load_state_dict(safetensors.torch.load_file(path))</c>. It holds all tensors under the reference network's names with
    /// PyTorch's shapes: <c>conv.weight</c> [outputs, inputs, 3, 3] with zeros for pruned weights, <c>fc.weight</c> [classes, features],
    /// batch-norm parameters and statistics, as F32; and <c>num_batches_tracked</c> as I64 0. Channels that the masks take out of the network
    /// are there with γ = 0 and β = 0. The metadata holds what <see cref="ImportSafetensors(Stream, SafetensorsImportOptions)"/> needs. Masks are
    /// not in it; on the way back a kept weight that is exactly zero counts as pruned.
    /// </summary>
    /// <exception cref="ArgumentException">A weight is NaN or infinite; nothing is written.</exception>
    public void ExportSafetensors(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        SafetensorsExport.Write(this).WriteTo(stream);
    }

    /// <summary>
    /// Writes a safetensors file that PyTorch loads into the reference network, as <see cref="ExportSafetensors(Stream)"/> does. It appears under
    /// its name only when it is whole; when writing fails, a file that was there before stays as it was.
    /// </summary>
    /// <exception cref="ArgumentException">A weight is NaN or infinite; nothing is written.</exception>
    /// <exception cref="IOException">The file cannot be written; the message names the path and the reason.</exception>
    public void ExportSafetensors(string path)
    {
        var file = SafetensorsExport.Write(this);
        AtomicFile.Write(path, "safetensors file", file.WriteTo);
    }

    /// <summary>
    /// Reads a network that was trained elsewhere: a safetensors file with the tensors of the reference network's state dictionary, F32, F16,
    /// BF16 or F64, from the stream's position to its end. A prefix that all names have, such as <c>module.</c>, does not count, and neither does
    /// <c>num_batches_tracked</c>, which may be missing. A weight that is exactly zero as float32 is pruned. The model scores like any other, and
    /// training can go on from it; its masks have no origin.
    /// </summary>
    /// <param name="stream">The file; the stream need not be seekable.</param>
    /// <param name="options">What is not in the file; null for a file of <see cref="ExportSafetensors(Stream)"/>.</param>
    /// <exception cref="InvalidDataException">It is no safetensors file of a ResNet-A-B, or a tensor is missing, surplus, of another shape or type, or holds a value that
    /// cannot be: NaN, an infinity, a negative variance. The message names the tensor, what was found and what was expected.</exception>
    /// <exception cref="ArgumentException">An option is out of range or does not fit the network, or neither options nor metadata give the pixel normalisation.</exception>
    public static TrainedModel ImportSafetensors(Stream stream, SafetensorsImportOptions? options = null)
    {
        options ??= new SafetensorsImportOptions();
        return SafetensorsImport.Read(SafetensorsReader.Read(stream, options.MaximumLength), options);
    }

    /// <summary>Reads a network that was trained elsewhere, as <see cref="ImportSafetensors(Stream, SafetensorsImportOptions)"/> does.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">What is not in the file; null for a file of <see cref="ExportSafetensors(string)"/>.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is no safetensors file of a ResNet-A-B, or it does not hold what it should; the message names the path and the tensor.</exception>
    /// <exception cref="ArgumentException">An option is out of range or does not fit the network, or neither options nor metadata give the pixel normalisation.</exception>
    public static TrainedModel ImportSafetensors(string path, SafetensorsImportOptions? options = null) =>
        InputFile.Read(path, "safetensors", stream => ImportSafetensors(stream, options));
}
