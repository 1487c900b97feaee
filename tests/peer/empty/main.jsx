// What the app with the hooks is compared with.
import { createRoot } from 'react-dom/client';

createRoot(document.getElementById('root')).render(<p>Hello</p>);
