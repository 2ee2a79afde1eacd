using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    public static partial class cuda
    {
        public static bool is_available()
        {
            bool available = Shim.ts_cuda_is_available() != 0;
            Shim.Check();
            return available;
        }

        public static int device_count()
        {
            int count = Shim.ts_cuda_devices();
            Shim.Check();
            return count;
        }

        /// <summary>Waits until the device has done all that it was given.</summary>
        public static void synchronize(Device device = null)
        {
            Shim.ts_cuda_synchronize(device?.index ?? -1);
            Shim.Check();
        }
    }

    public static partial class backends
    {
        public static partial class cuda
        {
            public static partial class matmul
            {
                public static bool allow_tf32
                {
                    get => Shim.ts_matmul_tf32() != 0;
                    set
                    {
                        Shim.ts_set_matmul_tf32((sbyte)(value ? 1 : 0));
                        Shim.Check();
                    }
                }
            }
        }

        public static partial class cudnn
        {
            public static bool allow_tf32
            {
                get => Shim.ts_cudnn_tf32() != 0;
                set
                {
                    Shim.ts_set_cudnn_tf32((sbyte)(value ? 1 : 0));
                    Shim.Check();
                }
            }
        }
    }
}
